import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findTermsToAccept } from '../terms/terms-queries.ts';
import { userTarget } from '../user/user.ts';
import type { Credentials } from './login-session-queries.ts';
import { loginLifetime, type StartedLoginSession } from './login-session.ts';

export interface LoggedIn {
  session: StartedLoginSession;
  /** This login verified the address, because the password was set through a mailed link. */
  has_just_verified: boolean;
}

/** Returns undefined if status, address or password of the user changed after the password check. */
export async function logIn(
  db: TenantDb,
  actor: Actor,
  user: Credentials,
  { sidHash, isRemembered, renewedHash }: { sidHash: string; isRemembered: boolean; renewedHash?: string },
): Promise<LoggedIn | undefined> {
  const { id, status, email, password_hash } = user;
  const has_just_verified = user.is_email_proven && user.email_verified_at === null;
  const updated = await db
    .from('users')
    .where({ id, status, email, password_hash })
    .update({
      last_login_at: db.raw('now()'),
      ...(has_just_verified && { email_verified_at: db.raw('now()') }),
      ...(renewedHash && { password_hash: renewedHash }),
    });
  if (updated === 0) return undefined;
  const terms = user.audience === 'customer' ? await findTermsToAccept(db, id) : undefined;
  const isTermsPending = terms !== undefined;
  const session = await startLoginSession(db, actor, user, { sidHash, isRemembered, isTermsPending });
  const target = userTarget(user);
  await recordAudit(db, actAs(actor, user), { event: 'user.logged_in', target });
  if (has_just_verified) await recordAudit(db, actor, { event: 'user.email_verified', target });
  return { session, has_just_verified };
}

async function startLoginSession(
  db: TenantDb,
  actor: Actor,
  { id: user_id, audience }: Credentials,
  options: { sidHash: string; isRemembered: boolean; isTermsPending: boolean },
): Promise<StartedLoginSession> {
  const { idle, absolute } = loginLifetime(audience, options.isRemembered);
  const id = newId();
  const ends_at = Date.now() + absolute * 1000;
  await db.insertInto('login_sessions', {
    id,
    sid_hash: options.sidHash,
    user_id,
    audience,
    is_remembered: options.isRemembered,
    is_terms_pending: options.isTermsPending,
    idle_seconds: idle,
    expires_at: new Date(ends_at),
    ip: actor.ip,
    user_agent: actor.user_agent,
  });
  return { id, ends_at, is_remembered: options.isRemembered };
}

export async function revokeOtherLoginSessions(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  loginSessionId: string,
): Promise<number> {
  const revoked = await revokeLoginSessions(db, user.id, { except: loginSessionId });
  await recordAudit(db, actor, {
    event: 'user.logged_out_elsewhere',
    target: userTarget(user),
    changes: { sessions: [revoked, 0] },
  });
  return revoked;
}

export async function revokeLoginSessions(
  db: TenantDb,
  userId: string,
  { except }: { except?: string } = {},
): Promise<number> {
  return db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .modify((sessions) => void (except && sessions.whereNot('id', except)))
    .update({ revoked_at: db.raw('now()') });
}

export async function revokeAllLoginSessions(db: TenantDb): Promise<void> {
  await db
    .from('login_sessions')
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}

export async function revokeLoginSession(db: TenantDb, id: string, userId: string): Promise<void> {
  await db
    .from('login_sessions')
    .where({ id, user_id: userId })
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}
