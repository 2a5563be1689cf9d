import type { RequestHandler } from 'express';
import { Forbidden } from '../errors.ts';
import type { Permission } from '../domain/role/permissions.ts';
import { notice } from './notice.ts';

/** Every route begins with exactly one of these; a house test looks. */
const guards = new WeakSet<RequestHandler>();

function guard(handler: RequestHandler): RequestHandler {
  guards.add(handler);
  return handler;
}

export function isGuard(handler: unknown): boolean {
  return typeof handler === 'function' && guards.has(handler as RequestHandler);
}

/** Open to everybody: login, forgotten password, the pages behind mailed links. */
export const anyone = guard((_req, _res, next) => next());

/** Anybody signed in, with the terms in force agreed to. */
export const signedIn = guard((req, res, next) => enter(req, res, next));

/** Signed in; the page where the terms are agreed to, and the way out. */
export const signedInBeforeTerms = guard((req, res, next) => (req.user ? next() : toLogin(req, res)));

/** Signed in and allowed to do one of these. @throws {Forbidden} answered with 403 */
export function may(...permissions: [Permission, ...Permission[]]): RequestHandler {
  return guard((req, res, next) =>
    enter(req, res, () => {
      if (!permissions.some((each) => req.actor.permissions.has(each))) throw new Forbidden(permissions[0]);
      next();
    }),
  );
}

/** The console's own. */
export const operator = guard((req, res, next) =>
  req.actor.kind === 'operator' ? next() : toLogin(req, res),
);

const enter = (req: Parameters<RequestHandler>[0], res: Parameters<RequestHandler>[1], next: () => void) => {
  if (!req.user) return toLogin(req, res);
  if (req.signIn?.is_terms_pending) return res.redirect(303, '/account/terms/agreement');
  return next();
};

function toLogin(req: Parameters<RequestHandler>[0], res: Parameters<RequestHandler>[1]): void {
  const login = req.portal.kind === 'account' ? '/account/login' : '/login';
  notice(req, res, { text: 'Log in to continue.', kind: 'info' });
  const wanted = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : '';
  res.redirect(303, login + wanted);
}
