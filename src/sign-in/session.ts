import type { Request, Response } from 'express';
import type { StartedLoginSession } from '../domain/login-session/login-session-actions.ts';
import { clearCookie } from '../http/cookies.ts';
import { moveCsrfToSession } from '../http/csrf.ts';

/** A new session id: whoever knew the old one knows nothing. */
export function renewSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

/** Ties the (renewed) session to the sign-in that was just started. */
export function rememberSignIn(
  req: Request,
  res: Response,
  { id, ends_at, is_remembered }: StartedLoginSession,
): void {
  req.session.login_session_id = id;
  if (is_remembered) req.session.cookie.expires = new Date(ends_at);
  moveCsrfToSession(req, res);
}

/** After signing out: nothing of the session is left, here or in the browser's caches. */
export async function endSession(req: Request, res: Response): Promise<void> {
  await renewSession(req);
  clearCookie(req, res, req.portal.kind);
  res.set('Clear-Site-Data', '"cache", "storage"');
}
