import type { Request, Response } from 'express';
import session, { type SessionData } from 'express-session';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Refused } from '../database/transaction.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import type { RefusedValues } from '../domain/form/parse-values.ts';
import {
  logIn,
  moveLoginSession,
  revokeLoginSession,
  type LoggedIn,
  type NewLogin,
} from '../domain/login-session/login-session-actions.ts';
import type { StartedLoginSession } from '../domain/login-session/login-session.ts';
import type { Credentials } from '../domain/login-session/login-session-queries.ts';
import { logInOperator, type OperatorCredentials } from '../domain/operator/operator-session.ts';
import { userTarget } from '../domain/user/user.ts';
import { LoginSessionEnded } from '../errors.ts';
import { clearCookie, cookieName, hasCookie } from '../http/cookies.ts';
import { newCsrfSecret, renewCsrfToken } from '../http/csrf.ts';
import { rememberFlashes } from '../http/flash.ts';
import type { ReleasedCounters } from '../http/rate-limit.ts';
import { saveSession } from '../http/see-other.ts';
import { hashSid, newSid } from '../http/session-id.ts';
import { deleteSessionIn, replaceSessionIn } from '../http/session-store.ts';

interface SessionOptions extends Pick<NewLogin, 'method' | 'renewedHash'> {
  isRemembered?: boolean;
  /** Of a login with a password. */
  released?: ReleasedCounters;
  /** Runs in the transaction of the login, before it: a refusal of either rolls back both. */
  prepare?: (db: TenantDb) => Promise<{ ok: true } | RefusedValues>;
}

/** The only way to log in a user, whose credentials the caller has checked. */
export async function startSession(
  req: Request,
  res: Response,
  user: Credentials,
  { method, isRemembered = false, renewedHash, released, prepare }: SessionOptions,
): Promise<LoggedIn | Refused<Partial<Pick<RefusedValues, 'errors'>>>> {
  const sid = newSid();
  const login = { sidHash: hashSid(sid), method, isRemembered, renewedHash };
  const result = await req.inTenant(async (db) => {
    const prepared = await prepare?.(db);
    if (prepared?.ok === false) return prepared;
    const loggedIn = await logIn(db, req.actor, user, login);
    if (!loggedIn.ok) return loggedIn;
    // A GET of an anonymous user, such as the callback of a single sign-on, has opened no session.
    await req.openSession?.();
    const data = newSessionData(req, loggedIn.session);
    revokePreviousSession(db, req);
    replaceSessionIn(db, req, sid, data);
    if (released) req.throttle.release(db, released);
    return { ...loggedIn, data };
  });
  if (!result.ok) return result;
  useSession(req, sid, result.data);
  renewCsrfToken(req, res);
  return result;
}

/**
 * Changes the credentials of the logged-in user with `change`, in a transaction in which the session gets a new id: a copy
 * of the cookie from before is no longer valid. `change` may call `flash`.
 *
 * @throws {LoginSessionEnded} if the login was revoked meanwhile, for example by a reset of the password
 */
export async function renewSessionId(
  req: Request,
  res: Response,
  change: (db: TenantDb) => void | Promise<void>,
): Promise<void> {
  const sid = newSid();
  const restoreFlashes = rememberFlashes(req);
  try {
    const data = await req.inTenant(async (db) => {
      await change(db);
      const renewed = withNewSecret(req.session as SessionData);
      const { login_session_id } = req.currentLogin!;
      if (!(await moveLoginSession(db, login_session_id, hashSid(sid)))) throw new LoginSessionEnded();
      replaceSessionIn(db, req, sid, renewed);
      return renewed;
    });
    useSession(req, sid, data);
  } catch (error) {
    restoreFlashes();
    throw error;
  }
  renewCsrfToken(req, res);
}

function withNewSecret({ cookie, ...content }: SessionData): SessionData {
  return { ...content, cookie: Object.assign(new session.Cookie(), cookie), csrfSecret: newCsrfSecret() };
}

/** The only way to log in an operator, whose credentials the caller has checked. */
export async function startOperatorSession(
  req: Request,
  res: Response,
  operator: OperatorCredentials,
  { renewedHash, released }: { renewedHash: string | undefined; released: ReleasedCounters },
): Promise<void> {
  const signed_in_at = await req.asPlatform(async (db) => {
    const loggedInAt = await logInOperator(db, req.actor, operator, renewedHash);
    // Last, because the logins of all tenants from this IP wait for its counter.
    req.throttle.release(db, released);
    return loggedInAt;
  });
  await openOperatorSession(req, res, { operator_id: operator.id, signed_in_at });
}

/** With a new session id, also for an operator who has changed the password. */
export async function openOperatorSession(
  req: Request,
  res: Response,
  login: { operator_id: string; signed_in_at: number },
): Promise<void> {
  await renewSession(req);
  const { signed_in_at } = login;
  Object.assign(req.session, { ...login, seen_at: signed_in_at, csrfSecret: newCsrfSecret() });
  await saveSession(req);
  renewCsrfToken(req, res);
}

/** The response deletes the session, if it is stored, and its cookie. Returns false for a browser without a session. */
export function endSession(req: Request, res: Response): boolean {
  if (!hasCookie(req, cookieName(req.portal.kind, req.isSecureHost))) return false;
  delete (req as Partial<Request>).session;
  clearCookie(req, res, req.portal.kind);
  res.set('Clear-Site-Data', '"cache", "storage"');
  return true;
}

/**
 * Revokes the login session too, because a concurrent request could save the deleted session again. Returns false for a
 * browser without a session.
 */
export async function logOut(req: Request, res: Response): Promise<boolean> {
  const { user, currentLogin, actor } = req;
  if (user && currentLogin) {
    await req.inTenant((db) => {
      revokeLoginSession(db, currentLogin.login_session_id, user.id);
      deleteSessionIn(db, req);
      recordAudit(db, actor, { event: 'user.logged_out', target: userTarget(user) });
    });
  }
  return endSession(req, res);
}

/** The new session id prevents session fixation. */
function renewSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

/** Of the session that begins with a login; its cookie has the attributes of every cookie of this portal. */
function newSessionData(
  { session: previous }: Request,
  { lifetime, is_remembered }: StartedLoginSession,
): SessionData {
  const expires = is_remembered ? new Date(Date.now() + lifetime * 1000) : null;
  const cookie = Object.assign(new session.Cookie(), previous.cookie, { expires });
  return { cookie, csrfSecret: newCsrfSecret() } as SessionData;
}

/** Only after the commit of a login: a refusal changes nothing. */
function useSession(req: Request, sid: string, data: SessionData): void {
  req.sessionID = sid;
  // As the next request will read it.
  req.sessionStore.createSession(req, JSON.parse(JSON.stringify(data)) as SessionData);
}

/** A concurrent request could otherwise save the previous session of this browser again. */
function revokePreviousSession(db: TenantDb, { user, currentLogin }: Request): void {
  if (user && currentLogin) revokeLoginSession(db, currentLogin.login_session_id, user.id);
}
