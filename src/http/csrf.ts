import { randomBytes } from 'node:crypto';
import csurf from 'csurf';
import type { Request, RequestHandler, Response } from 'express';
import { ForeignOrigin, LoginSessionEnded } from '../errors.ts';
import { clearCookie, cookieName } from './cookies.ts';
import { isSecretField } from './form.ts';
import { loginPath } from './guards.ts';

/** Same-site is not enough, because sibling tenants are same-site. @throws {ForeignOrigin} */
export const checkOrigin: RequestHandler = (req, _res, next) => {
  if (!isSafe(req) && !isSameOrigin(req)) throw new ForeignOrigin();
  next();
};

/** Whether the method only reads. */
export function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a page of this host made the request. */
export function isSameOrigin(req: Request): boolean {
  const fetchSite = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (origin !== undefined && origin !== req.portal.origin) return false;
  if (fetchSite !== undefined) return fetchSite === 'same-origin';
  if (origin !== undefined) return true;
  return originOf(req.get('referer')) === req.portal.origin;
}

/** Also provides `req.csrfToken`. */
export const checkCsrfToken = csurfBySession();

/** Provides `req.csrfToken` for the response without checking the request. */
export const provideCsrfToken = csurfBySession({ ignoreMethods: ['GET', 'HEAD', 'POST'] });

/** Before login the secret is in a cookie, so that pages for anonymous users store no session. */
function csurfBySession(options: { ignoreMethods?: string[] } = {}): RequestHandler {
  const beforeLogin = { secure: csurfWithCookie(true, options), plain: csurfWithCookie(false, options) };
  const afterLogin = csurf({ value: submittedToken, ...options });
  return (req, res, next) => {
    const check = isLoggedIn(req) ? afterLogin : req.isSecureHost ? beforeLogin.secure : beforeLogin.plain;
    void check(req, res, next);
  };
}

/** After a login, also for a page of the same response. */
export function renewCsrfToken(req: Request, res: Response): void {
  clearCookie(req, res, 'csrf');
  provideCsrfToken(req, res, (error?: unknown) => {
    if (error) throw error as Error;
  });
}

/** Of a session that begins with a login: forms that were rendered before it become invalid. */
export function newCsrfSecret(): string {
  return randomBytes(18).toString('base64url');
}

/** The token is stale, or the login session ended before the form was submitted. */
export function isExpiredForm(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'EBADCSRFTOKEN' || error instanceof LoginSessionEnded;
}

export function showExpiredForm(req: Request, res: Response, error: unknown): void {
  const body = (req.body ?? {}) as Record<string, unknown>;
  const kept = Object.entries(body).flatMap(([name, value]) =>
    name === '_csrf' || isSecretField(name)
      ? []
      : [value].flat().flatMap((each) => (typeof each === 'string' ? [{ name, value: each }] : [])),
  );
  const files = (req.files ?? []) as Express.Multer.File[];
  const hasLoginEnded =
    error instanceof LoginSessionEnded || (!isLoggedIn(req) && submittedField(req).startsWith(LOGIN_PREFIX));
  const passwords = Object.keys(body).filter((name) => name.includes('password'));
  res.page('errors/expired-form', {
    title: 'This form has expired',
    kept,
    passwords,
    files: [...new Set(files.map(({ fieldname }) => fieldname))],
    action: req.originalUrl,
    login_href: hasLoginEnded ? loginPath(req) : null,
  });
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

function csurfWithCookie(secure: boolean, options: { ignoreMethods?: string[] }): RequestHandler {
  const key = cookieName('csrf', secure);
  return csurf({
    ...options,
    value: submittedToken,
    cookie: { key, secure, httpOnly: true, sameSite: 'lax', path: '/' },
  });
}

/** A form of a logged-in user is recognised by it after the login session has ended. It proves nothing. */
const LOGIN_PREFIX = 'login.';

export function csrfTokenToRender(req: Request): string {
  return (isLoggedIn(req) ? LOGIN_PREFIX : '') + (req.csrfToken?.() ?? '');
}

function submittedToken(req: Request): string {
  return submittedField(req).replace(LOGIN_PREFIX, '');
}

function submittedField(req: Request): string {
  const body = req.body as Record<string, unknown> | undefined;
  return typeof body?.['_csrf'] === 'string' ? body['_csrf'] : '';
}

function isLoggedIn({ session }: Request): boolean {
  return session?.csrfSecret !== undefined;
}
