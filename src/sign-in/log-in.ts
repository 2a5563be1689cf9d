import type { Request, Response } from 'express';
import { z } from 'zod';
import type { TenantDb } from '../database/tenant-db.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { checkbox, email, password } from '../domain/form/fields.ts';
import { parseForm } from '../domain/form/parse-form.ts';
import {
  findCredentials,
  findTenantStatus,
  logIn,
  type Credentials,
  type LoggedIn,
} from '../domain/login-session/log-in.ts';
import { revokeLoginSession } from '../domain/login-session/login-session-actions.ts';
import { hashPassword, needsRehash, verifyPassword } from '../domain/password/hash-password.ts';
import { rememberSignIn, renewSession } from './session.ts';
import {
  forgiveLoginTries,
  refuseLogin,
  takeLoginTry,
  wrongLogin,
  type RefusedLogin,
} from './login-throttle.ts';
import { hashSid } from '../http/session-store.ts';

const loginForm = z.object({
  username: email(),
  password: password('Enter your password'),
  remember: checkbox(),
});

type Attempt = { ok: true; has_just_verified: boolean } | RefusedLogin;

/**
 * One try to get in, the same for staff and customers: the same answers, statements and hashes for known and unknown
 * addresses. A right password is forgotten by the counters; nobody is ever locked out for long by a stranger.
 */
export async function attemptLogIn(req: Request, res: Response): Promise<Attempt> {
  const parsed = parseForm(loginForm, req.body);
  if (!parsed.ok) return { ...parsed, status: 422 };
  const { username: address, password, remember } = parsed.values;
  const taken = await takeLoginTry(req, address);
  if (!taken.ok) return taken;

  const audience = req.portal.kind === 'account' ? 'customer' : 'staff';
  const [user, tenant] = await req.readTenant((db) => [
    findCredentials(db, audience, address),
    findTenantStatus(db),
  ]);
  const isRight = await verifyPassword(user?.password_hash, password);
  const problem = whyNot(user, isRight, tenant.rows[0]?.status, req);
  if (problem || !user) {
    await req.inTenant((db) => recordFailure(db, req, user, address));
    return refuseLogin(req, problem ?? wrongLogin);
  }

  const loggedIn = await startSession(req, res, user, { password, isRemembered: remember });
  if (!loggedIn) return refuseLogin(req, wrongLogin);
  await forgiveLoginTries(req, res, taken);
  return { ok: true, has_just_verified: loggedIn.has_just_verified };
}

async function startSession(
  req: Request,
  res: Response,
  user: Credentials,
  { password, isRemembered }: { password: string; isRemembered: boolean },
): Promise<LoggedIn | undefined> {
  // Hashed before the transaction: it may have to wait its turn.
  const renewedHash = needsRehash(user.password_hash ?? '') ? await hashPassword(password) : undefined;
  await renewSession(req);
  const loggedIn = await req.inTenant(async (db) => {
    await leaveOtherSignIn(db, req);
    return logIn(db, req.actor, user, {
      sidHash: hashSid(req.sessionID),
      isRemembered,
      ...(renewedHash && { renewedHash }),
    });
  });
  if (loggedIn) rememberSignIn(req, res, loggedIn.session);
  return loggedIn;
}

/** Whoever was logged in here before is not any more: their session's row is gone, but could be brought back. */
async function leaveOtherSignIn(db: TenantDb, { user, signIn }: Request): Promise<void> {
  if (user && signIn) await revokeLoginSession(db, signIn.login_session_id, user.id);
}

/** Only the right password is told more than that something was wrong. */
function whyNot(
  user: Credentials | undefined,
  isRight: boolean,
  tenantStatus: string | undefined,
  req: Request,
) {
  if (!user || !isRight) return wrongLogin;
  const params = { tenant: req.tenant.name };
  if (user.status === 'disabled') return { text: 'Your account is disabled. Contact {tenant}.', params };
  if (tenantStatus !== 'active')
    return { text: '{tenant} has closed this portal for now. Contact {tenant}.', params };
  return null;
}

async function recordFailure(
  db: Parameters<Parameters<Request['inTenant']>[0]>[0],
  req: Request,
  user: Credentials | undefined,
  address: string,
): Promise<void> {
  await recordAudit(db, req.actor, {
    event: 'user.login_failed',
    outcome: 'failure',
    // An address that nobody has may be a password typed into the wrong field: it is not kept.
    ...(user && { target: { type: 'user', id: user.id, name: user.name || address } }),
  });
}
