import type { Request, Response } from 'express';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { revokeLoginSession } from '../domain/login-session/login-session-actions.ts';
import { endSession } from './session.ts';

/** Ends the sign-in for good: an in-flight request may bring its session row back, but not this. */
export async function logOut(req: Request, res: Response): Promise<void> {
  const { user, signIn, actor } = req;
  if (user && signIn) {
    await req.inTenant(async (db) => {
      await revokeLoginSession(db, signIn.login_session_id, user.id);
      await recordAudit(db, actor, {
        event: 'user.logged_out',
        target: { type: 'user', id: user.id, name: user.name || user.email },
      });
    });
  }
  await endSession(req, res);
}
