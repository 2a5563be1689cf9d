import type { NextFunction, Request, Response } from 'express';
import { Forbidden, LoginSessionEnded, NotFound, Unauthorized } from '../errors.ts';
import { findFirstStep, type StepName } from '../domain/login-session/pending-steps.ts';
import type { Permission } from '../domain/role/permissions.ts';
import { enterContext, isWithoutContext, redirectToCompany } from './customer-context.ts';
import { setNotice } from './flash.ts';
import { portalPath } from './see-other.ts';

/** Generic, so that the handlers after the guard keep the types of the URL's parameters. */
export type Guard = <Params>(req: Request<Params>, res: Response, next: NextFunction) => void;

/** Every route begins with exactly one guard; an architecture test checks it. */
const guards = new WeakMap<Guard, readonly Permission[]>();

function guard(handler: Guard, permissions: readonly Permission[] = []): Guard {
  guards.set(handler, permissions);
  return handler;
}

export function isGuard(handler: unknown): boolean {
  return typeof handler === 'function' && guards.has(handler as Guard);
}

/** The user needs one of them; empty when being logged in is enough. */
export function requiredPermissions(guard: unknown): readonly Permission[] {
  return guards.get(guard as Guard) ?? [];
}

export const anyone = guard((_req, _res, next) => next());

/** Logged-in users without a pending step. */
export const signedIn = guard((req, res, next) => requireUser(req, res, next));

export const atTermsStep = atStep('terms');

/**
 * One of the permissions is enough. Below `/account/companies/:company_id` they are those in that company, below
 * `/account` one's own.
 *
 * @throws {Forbidden}
 */
export function may(...permissions: [Permission, ...Permission[]]): Guard {
  return guard((req, res, next) => {
    const check = () => {
      if (req.user && req.portal.kind === 'account' && isWithoutContext(req as Request))
        return redirectToCompany(req as Request, res, permissions);
      if (!permissions.some((each) => req.actor.permissions.has(each))) throw new Forbidden(permissions[0]);
      next();
    };
    if (!req.hasBearerToken) return requireUser(req, res, check);
    // The permissions of a token are not those in a company.
    if ((req as Request).params['company_id'] !== undefined)
      throw new NotFound('A token acts for no company');
    check();
  }, permissions);
}

export const operator = guard((req, res, next) =>
  req.actor.kind === 'operator' ? next() : redirectToLogin(req, res),
);

function requireUser<Params>(req: Request<Params>, res: Response, next: () => void): void {
  const { user, currentLogin } = req;
  if (!user || !currentLogin) return redirectToLogin(req, res);
  const step = findFirstStep(currentLogin.pending, user.audience);
  if (step) return res.redirect(303, step.path);
  if (req.portal.kind === 'account') enterContext(req as Request);
  next();
}

/** Logged-in users whose first pending step this is: an earlier step must not be skipped. */
function atStep(name: StepName): Guard {
  return guard((req, res, next) => {
    const { user, currentLogin } = req;
    if (!user || !currentLogin) return redirectToLogin(req, res);
    const step = findFirstStep(currentLogin.pending, user.audience);
    if (step?.name === name) return next();
    res.redirect(303, step?.path ?? '/');
  });
}

/**
 * @throws {LoginSessionEnded} when a redirect would lose the submitted form
 * @throws {Unauthorized} for a caller that has no pages
 */
function redirectToLogin<Params>(req: Request<Params>, res: Response): void {
  if (req.respondsInJson) throw new Unauthorized();
  if (hasFormData(req.body)) throw new LoginSessionEnded();
  setNotice(req as Request, res, { text: 'Log in to continue.', kind: 'info' });
  const next = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : '';
  res.redirect(303, loginPath(req) + next);
}

export function loginPath<Params>(req: Request<Params>): string {
  return portalPath(req, '/login');
}

function hasFormData(body: unknown): boolean {
  return Object.keys((body ?? {}) as object).some((name) => name !== '_csrf');
}
