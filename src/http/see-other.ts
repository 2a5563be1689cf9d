import type { Request, Response } from 'express';
import { setNotice } from './flash.ts';

/**
 * Saves the session before the redirect, so that the next page reads it. The request succeeds also when the session
 * cannot be saved, because its changes are committed: the notice is then kept in a cookie.
 */
export async function seeOther(req: Request, res: Response, path: string): Promise<void> {
  await saveSession(req).catch(() => {
    const notice = req.session.flashes?.at(-1);
    if (notice) setNotice(req, res, notice);
  });
  res.redirect(303, path);
}

/** For a value without which the next request fails, such as a login. */
export function saveSession(req: Request): Promise<void> {
  if (req.session?.csrfSecret === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

/** The path of a page that each portal has: below `/account` on the customer portal. */
export function portalPath<Params>({ portal }: Request<Params>, path: string): string {
  return portal.kind === 'account' ? `/account${path}` : path;
}

/** Returns `next` when it is a path on this host, else `fallback`, which prevents open redirects. */
export function safeRedirectPath(next: unknown, fallback: string): string {
  const isOwn = typeof next === 'string' && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next);
  return isOwn && !/^\/(account\/)?log(in|out)\b/.test(next) ? next : fallback;
}
