import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { revokeTokens } from '../token/one-time-token.ts';
import { findUserForUpdate, type User } from './user-queries.ts';
import { isInvited, userTarget } from './user.ts';

type LockedUser = Pick<User, 'id' | 'name' | 'email' | 'status' | 'access'>;

/** @throws {NotFound} if the tenant has no such customer */
export async function disableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await disableLogin(db, actor, user);
  return user;
}

export async function disableLogin(db: TenantDb, actor: Actor, user: LockedUser): Promise<void> {
  if (user.status === 'disabled') return;
  const { id } = user;
  await db
    .from('users')
    .where({ id })
    .update({
      status: 'disabled',
      // The token of the invitation is revoked below: the user must not be shown as invited when enabled again.
      ...(isInvited(user) && { access: 'no_access', access_expires_at: null }),
      version: db.raw('version + 1'),
      updated_at: db.raw('now()'),
    });
  revokeLoginSessions(db, id);
  revokeTokens(db, id);
  const changes = { status: ['enabled', 'disabled'] };
  recordAudit(db, actor, { event: 'user.disabled', target: userTarget(user), changes });
}

/** @throws {NotFound} if the tenant has no such customer */
export async function enableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await enableLogin(db, actor, user);
  return user;
}

export async function enableLogin(db: TenantDb, actor: Actor, user: LockedUser): Promise<void> {
  if (user.status === 'enabled') return;
  await db
    .from('users')
    .where({ id: user.id })
    .update({ status: 'enabled', version: db.raw('version + 1'), updated_at: db.raw('now()') });
  const changes = { status: ['disabled', 'enabled'] };
  recordAudit(db, actor, { event: 'user.enabled', target: userTarget(user), changes });
}

/** Also suppresses an invitation email that is still queued. @throws {NotFound} if the tenant has no such customer */
export async function revokeInvitation(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ user: User; isRevoked: boolean }> {
  const user = found(await findUserForUpdate(db, id));
  if (!isInvited(user)) return { user, isRevoked: false };
  await db
    .from('users')
    .where({ id })
    .update({ access: 'revoked', access_expires_at: null, updated_at: db.raw('now()') });
  revokeTokens(db, id);
  recordAudit(db, actor, { event: 'user.invitation_revoked', target: userTarget(user) });
  return { user, isRevoked: true };
}

/** `expires_at` is null for a link that does not expire. */
export function markInvited(db: TenantDb, userId: string, expires_at: Date | Knex.Raw<Date> | null): void {
  db.defer(
    db
      .from('users')
      .where({ id: userId })
      .whereNot({ access: 'active' })
      .whereNull('password_hash')
      .update({ access: 'invited', access_expires_at: expires_at, updated_at: db.raw('now()') }),
  );
}

export async function markBounced(db: TenantDb, userId: string): Promise<void> {
  await db
    .from('users')
    .where({ id: userId, access: 'invited' })
    .update({ access: 'bounced', access_expires_at: null, updated_at: db.raw('now()') });
}

/** Call for a POST only: mail scanners send a GET to each link. */
export async function markOpened(db: TenantDb, userId: string): Promise<void> {
  await db
    .from('users')
    .where({ id: userId, access: 'invited' })
    .update({ access: 'opened', updated_at: db.raw('now()') });
}
