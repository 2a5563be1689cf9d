import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { revokeLoginSessionsOf } from '../login-session/login-session-actions.ts';
import { revokeTokensOf } from '../token/one-time-token.ts';
import { findUserForUpdate, type User } from './user-queries.ts';
import { isInvited, userTarget } from './user.ts';

/** The rows of all of them have been locked. */
export type LockedUser = Pick<User, 'id' | 'name' | 'email' | 'status' | 'access'>;

/** @throws {NotFound} if the tenant has no such customer */
export async function disableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await disableLogins(db, actor, [user]);
  return user;
}

/** Of those that are enabled. */
export async function disableLogins(db: TenantDb, actor: Actor, users: readonly LockedUser[]): Promise<void> {
  const enabled = users.filter(({ status }) => status === 'enabled');
  if (enabled.length === 0) return;
  const ids = idsOf(enabled);
  // Their tokens are revoked below: they must not be shown as invited when they are enabled again.
  await updateUsers(db, idsOf(enabled.filter(isInvited)), { access: 'no_access', access_expires_at: null });
  await updateUsers(db, ids, { status: 'disabled', version: db.raw('version + 1') });
  revokeLoginSessionsOf(db, ids);
  revokeTokensOf(db, ids);
  const changes = { status: ['enabled', 'disabled'] };
  recordAudits(
    db,
    actor,
    enabled.map((user) => ({ event: 'user.disabled', target: userTarget(user), changes })),
  );
}

/** @throws {NotFound} if the tenant has no such customer */
export async function enableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await enableLogins(db, actor, [user]);
  return user;
}

/** Of those that are disabled. */
export async function enableLogins(db: TenantDb, actor: Actor, users: readonly LockedUser[]): Promise<void> {
  const disabled = users.filter(({ status }) => status === 'disabled');
  if (disabled.length === 0) return;
  await updateUsers(db, idsOf(disabled), { status: 'enabled', version: db.raw('version + 1') });
  const changes = { status: ['disabled', 'enabled'] };
  recordAudits(
    db,
    actor,
    disabled.map((user) => ({ event: 'user.enabled', target: userTarget(user), changes })),
  );
}

/** Also suppresses an invitation email that is still queued. @throws {NotFound} if the tenant has no such customer */
export async function revokeInvitation(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ user: User; isRevoked: boolean }> {
  const user = found(await findUserForUpdate(db, id));
  if (!isInvited(user)) return { user, isRevoked: false };
  await revokeInvitations(db, actor, [user]);
  return { user, isRevoked: true };
}

/** Of users who are invited. */
export async function revokeInvitations(
  db: TenantDb,
  actor: Actor,
  users: readonly LockedUser[],
): Promise<void> {
  const ids = idsOf(users);
  await updateUsers(db, ids, { access: 'revoked', access_expires_at: null });
  revokeTokensOf(db, ids);
  recordAudits(
    db,
    actor,
    users.map((user) => ({ event: 'user.invitation_revoked', target: userTarget(user) })),
  );
}

function idsOf(users: readonly LockedUser[]): string[] {
  return users.map(({ id }) => id);
}

async function updateUsers(db: TenantDb, ids: readonly string[], columns: object): Promise<void> {
  if (ids.length === 0) return;
  await db
    .from('users')
    .whereRaw('id = any(?::uuid[])', [[...ids]])
    .update({ ...columns, updated_at: db.raw('now()') });
}

/** `expires_at` is null for a link that does not expire. */
export function markInvited(
  db: TenantDb,
  userIds: readonly string[],
  expires_at: Date | Knex.Raw<Date> | null,
): void {
  db.defer(
    db
      .from('users')
      .whereRaw('id = any(?::uuid[])', [[...userIds]])
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
