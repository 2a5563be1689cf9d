import type { NextFunction, Request, Response } from 'express';
import { Forbidden, SignInEnded } from '../errors.ts';
import type { Permission } from '../domain/role/permissions.ts';
import { notice } from './notice.ts';

/** Generic in the address's parameters, so that the handlers behind it know theirs. */
type Guard = <Params>(req: Request<Params>, res: Response, next: NextFunction) => void;

/** Every route begins with exactly one of these; an architecture test checks it. */
const guards = new WeakMap<Guard, readonly Permission[]>();

function guard(handler: Guard, permissions: readonly Permission[] = []): Guard {
  guards.set(handler, permissions);
  return handler;
}

export function isGuard(handler: unknown): boolean {
  return typeof handler === 'function' && guards.has(handler as Guard);
}

/** Of which a visitor needs one to pass; none where who they are is enough. */
export function permissionsAsked(guard: unknown): readonly Permission[] {
  return guards.get(guard as Guard) ?? [];
}

/** Open to everybody: login, forgotten password, the pages behind mailed links. */
export const anyone = guard((_req, _res, next) => next());

/** Anybody signed in, with the terms in force agreed to. */
export const signedIn = guard((req, res, next) => enter(req, res, next));

/** Signed in; the page where the terms are agreed to, and the way out. */
export const signedInBeforeTerms = guard((req, res, next) => (req.user ? next() : toLogin(req, res)));

/** Signed in and allowed to do one of these. @throws {Forbidden} answered with 403 */
export function may(...permissions: [Permission, ...Permission[]]): Guard {
  return guard(
    (req, res, next) =>
      enter(req, res, () => {
        if (!permissions.some((each) => req.actor.permissions.has(each))) throw new Forbidden(permissions[0]);
        next();
      }),
    permissions,
  );
}

/** The console's own. */
export const operator = guard((req, res, next) =>
  req.actor.kind === 'operator' ? next() : toLogin(req, res),
);

const enter = <Params>(req: Request<Params>, res: Response, next: () => void) => {
  if (!req.user) return toLogin(req, res);
  if (req.signIn?.is_terms_pending) return res.redirect(303, '/account/terms/agreement');
  return next();
};

/** @throws {SignInEnded} where somebody was signed in, and what they typed since would be lost on the way */
function toLogin<Params>(req: Request<Params>, res: Response): void {
  const wasSignedIn = req.session.csrfSecret !== undefined;
  if (wasSignedIn && hasWords(req.body)) throw new SignInEnded();
  notice(req as Request, res, { text: 'Log in to continue.', kind: 'info' });
  const wanted = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : '';
  res.redirect(303, loginPath(req) + wanted);
}

export function loginPath<Params>({ portal }: Request<Params>): string {
  return portal.kind === 'account' ? '/account/login' : '/login';
}

function hasWords(body: unknown): boolean {
  return Object.keys((body ?? {}) as object).some((name) => name !== '_csrf');
}
