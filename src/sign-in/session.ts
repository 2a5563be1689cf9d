import type { Request, Response } from 'express';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { revokeLoginSession } from '../domain/login-session/login-session-actions.ts';
import type { StartedLoginSession } from '../domain/login-session/login-session.ts';
import { userTarget } from '../domain/user/user.ts';
import { clearCookie } from '../http/cookies.ts';
import { moveCsrfToSession } from '../http/csrf.ts';

/** The new session id prevents session fixation. */
export function renewSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

export function storeLoginSession(
  req: Request,
  res: Response,
  { id, ends_at, is_remembered }: StartedLoginSession,
): void {
  req.session.login_session_id = id;
  if (is_remembered) req.session.cookie.expires = new Date(ends_at);
  moveCsrfToSession(req, res);
}

export async function endSession(req: Request, res: Response): Promise<void> {
  await renewSession(req);
  clearCookie(req, res, req.portal.kind);
  res.set('Clear-Site-Data', '"cache", "storage"');
}

/** Revokes the login session too, because a concurrent request could save the deleted session again. */
export async function logOut(req: Request, res: Response): Promise<void> {
  const { user, currentLogin, actor } = req;
  if (user && currentLogin) {
    await req.inTenant(async (db) => {
      await revokeLoginSession(db, currentLogin.login_session_id, user.id);
      await recordAudit(db, actor, {
        event: 'user.logged_out',
        target: userTarget(user),
      });
    });
  }
  await endSession(req, res);
}
