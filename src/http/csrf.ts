import { randomBytes } from 'node:crypto';
import csurf from 'csurf';
import type { Request, RequestHandler, Response } from 'express';
import { clearCookie, cookieName } from './cookies.ts';

/**
 * The second lock: csurf's token, from the body only. Its secret lives in a cookie before login, so that an anonymous
 * page writes no session, and in the session after.
 */
export function csrf(): RequestHandler {
  const beforeLogin = { secure: byCookie(true), plain: byCookie(false) };
  const afterLogin = csurf({ value: tokenOf });
  return (req, res, next) => {
    const isSignedIn = req.session.csrfSecret !== undefined;
    const check = isSignedIn ? afterLogin : req.isSecureHost ? beforeLogin.secure : beforeLogin.plain;
    void check(req, res, next);
  };
}

/** At sign-in: from here on the session holds the secret, and forms drawn before are void. */
export function moveCsrfToSession(req: Request, res: Response): void {
  req.session.csrfSecret = randomBytes(18).toString('base64url');
  clearCookie(req, res, 'csrf');
}

function byCookie(secure: boolean): RequestHandler {
  const key = cookieName('csrf', secure);
  return csurf({ value: tokenOf, cookie: { key, secure, httpOnly: true, sameSite: 'lax', path: '/' } });
}

function tokenOf(req: Request): string {
  const body = req.body as Record<string, unknown> | undefined;
  return typeof body?.['_csrf'] === 'string' ? body['_csrf'] : '';
}
