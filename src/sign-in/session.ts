import type { Request, Response } from 'express';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Refused } from '../database/transaction.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import {
  logIn,
  revokeLoginSession,
  type LoggedIn,
  type NewLogin,
} from '../domain/login-session/login-session-actions.ts';
import type { Credentials } from '../domain/login-session/login-session-queries.ts';
import { logInOperator, type OperatorCredentials } from '../domain/operator/operator-session.ts';
import { userTarget } from '../domain/user/user.ts';
import { clearCookie } from '../http/cookies.ts';
import { moveCsrfToSession } from '../http/csrf.ts';
import { hashSid, newSid } from '../http/session-id.ts';

interface SessionOptions extends Pick<NewLogin, 'method' | 'renewedHash'> {
  isRemembered?: boolean;
  /** Runs in the transaction of the login, before it: a refusal of either rolls back both. */
  prepare?: (db: TenantDb) => Promise<{ ok: true } | Refused>;
}

/** The only way to log in a user, whose credentials the caller has checked. */
export async function startSession(
  req: Request,
  res: Response,
  user: Credentials,
  { method, isRemembered = false, renewedHash, prepare }: SessionOptions,
): Promise<LoggedIn | Refused> {
  const sid = newSid();
  const login = { sidHash: hashSid(sid), method, isRemembered, renewedHash };
  const result = await req.inTenant(async (db) => {
    const prepared = await prepare?.(db);
    if (prepared?.ok === false) return prepared;
    await revokePreviousSession(db, req);
    return logIn(db, req.actor, user, login);
  });
  if (!result.ok) return result;
  await renewSession(req, sid);
  const { ends_at, is_remembered } = result.session;
  if (is_remembered) req.session.cookie.expires = new Date(ends_at);
  moveCsrfToSession(req, res);
  return result;
}

/** The only way to log in an operator, whose credentials the caller has checked. */
export async function startOperatorSession(
  req: Request,
  res: Response,
  operator: OperatorCredentials,
  password: string,
): Promise<void> {
  const signed_in_at = await req.asPlatform((db) => logInOperator(db, req.actor, operator, password));
  await renewSession(req);
  Object.assign(req.session, { operator_id: operator.id, signed_in_at, seen_at: Date.now() });
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
      recordAudit(db, actor, {
        event: 'user.logged_out',
        target: userTarget(user),
      });
    });
  }
  await endSession(req, res);
}

/** The new session id prevents session fixation. A login renews only after its commit: a refusal changes nothing. */
function renewSession(req: Request, sid = newSid()): Promise<void> {
  req.nextSid = sid;
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

/** A concurrent request could otherwise save the previous session of this browser again. */
async function revokePreviousSession(db: TenantDb, { user, currentLogin }: Request): Promise<void> {
  if (user && currentLogin) await revokeLoginSession(db, currentLogin.login_session_id, user.id);
}
