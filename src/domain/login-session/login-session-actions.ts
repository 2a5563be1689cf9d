import type { Knex } from 'knex';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { TENANT_IS_ACTIVE } from '../tenant/tenant.ts';
import { userTarget } from '../user/user.ts';
import type { Credentials } from './login-session-queries.ts';
import { loginLifetime, type LoginMethod, type StartedLoginSession } from './login-session.ts';
import { listRequiredSteps, type StepName } from './pending-steps.ts';

export interface NewLogin {
  sidHash: string;
  method: LoginMethod;
  isRemembered: boolean;
  /** Replaces a password hash with outdated parameters. */
  renewedHash?: string | undefined;
}

export interface LoggedIn {
  ok: true;
  session: StartedLoginSession;
  /** This login verified the address, because the password was set through a mailed link. */
  has_just_verified: boolean;
}

/** Refuses if status, address or password of the user, or the status of the tenant, changed after they were checked. */
export async function logIn(
  db: TenantDb,
  actor: Actor,
  user: Credentials,
  login: NewLogin,
): Promise<LoggedIn | Refused> {
  const { id, status, email, password_hash } = user;
  const has_just_verified = user.is_email_proven && user.email_verified_at === null;
  const [updated, pending] = await Promise.all([
    db
      .from('users')
      .where({ id, status, email, password_hash })
      .whereRaw(TENANT_IS_ACTIVE, [db.tenantId])
      .update({
        last_login_at: db.raw('now()'),
        ...(has_just_verified && { email_verified_at: db.raw('now()') }),
        ...(login.renewedHash && { password_hash: login.renewedHash }),
      }),
    listRequiredSteps(db, user),
  ]);
  if (updated === 0) return refuseWith({});
  const target = userTarget(user);
  const { method } = login;
  const session = insertLoginSession(db, actor, user, { ...login, pending });
  const self = actAs(actor, user);
  recordAudit(db, self, { event: 'user.logged_in', target, changes: { method } });
  if (has_just_verified) recordAudit(db, self, { event: 'user.email_verified', target });
  return { ok: true, session, has_just_verified };
}

function insertLoginSession(
  db: TenantDb,
  actor: Actor,
  user: Credentials,
  { sidHash, method, isRemembered, pending }: NewLogin & { pending: string[] },
): StartedLoginSession {
  const { idle, absolute } = loginLifetime(user.audience, isRemembered);
  const row = {
    id: newId(),
    sid_hash: sidHash,
    user_id: user.id,
    audience: user.audience,
    method,
    is_remembered: isRemembered,
    pending,
    idle_seconds: idle,
    expires_at: db.raw<Date>('now() + make_interval(secs => ?)', [absolute]),
    ip: actor.ip,
    user_agent: actor.user_agent,
  };
  db.defer(db.insertInto('login_sessions', row));
  return { lifetime: absolute, is_remembered: isRemembered };
}

/** Of a session that gets a new id. Returns false if the login was revoked. */
export async function moveLoginSession(db: TenantDb, id: string, sidHash: string): Promise<boolean> {
  const login = db.from('login_sessions').where({ id }).whereNull('revoked_at');
  return (await login.update({ sid_hash: sidHash })) === 1;
}

/** Completes the step in every login session of the user. */
export async function completeStep(db: TenantDb, userId: string, step: StepName): Promise<void> {
  await db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereRaw('? = any(pending)', [step])
    .update({ pending: db.raw('array_remove(pending, ?)', [step]) });
}

export async function revokeOtherLoginSessions(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  loginSessionId: string,
): Promise<number> {
  const others = unrevoked(db, user.id, { except: loginSessionId });
  const revoked = await others.update({ revoked_at: db.raw('now()') });
  if (revoked === 0) return 0;
  recordAudit(db, actor, {
    event: 'user.logged_out_elsewhere',
    target: userTarget(user),
    changes: { sessions: [revoked, 0] },
  });
  return revoked;
}

/** Revokes all, or all but one. */
export function revokeLoginSessions(db: TenantDb, userId: string, options?: { except?: string }): void {
  db.defer(unrevoked(db, userId, options).update({ revoked_at: db.raw('now()') }));
}

function unrevoked(
  db: TenantDb,
  userId: string,
  { except }: { except?: string } = {},
): Knex.QueryBuilder<Row<'login_sessions'>> {
  return db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .modify((sessions) => void (except && sessions.whereNot('id', except)));
}

export function revokeLoginSessionsOf(db: TenantDb, userIds: readonly string[]): void {
  const sessions = db
    .from('login_sessions')
    .whereRaw('user_id = any(?::uuid[])', [[...userIds]])
    .whereNull('revoked_at');
  db.defer(sessions.update({ revoked_at: db.raw('now()') }));
}

/** Of every user. */
export async function revokeAllLoginSessions(db: TenantDb): Promise<void> {
  await db
    .from('login_sessions')
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}

export function revokeLoginSession(db: TenantDb, id: string, userId: string): void {
  const session = db.from('login_sessions').where({ id, user_id: userId }).whereNull('revoked_at');
  db.defer(session.update({ revoked_at: db.raw('now()') }));
}
