import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { revokeTokens } from '../token/use-token.ts';
import { findUserForUpdate, type User } from './user-queries.ts';

type Person = Pick<User, 'id' | 'name' | 'email' | 'status' | 'access'>;

const targetOf = ({ id, name, email }: Person) => ({ type: 'user', id, name: name || email }) as const;

/**
 * Nobody gets in as this customer any more: sign-ins and mailed links end at once. Doing it twice is doing it once.
 *
 * @throws {NotFound} where the tenant has no such customer
 */
export async function disableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await closeLogin(db, actor, user);
  return user;
}

/** Ends the sign-ins and links of somebody whose row the caller holds, and lets them in no more. */
export async function closeLogin(db: TenantDb, actor: Actor, user: Person): Promise<void> {
  if (user.status === 'disabled') return;
  const { id } = user;
  await db
    .from('users')
    .where({ id })
    .update({
      status: 'disabled',
      // The links are gone; were they enabled again, nobody should wait for an answer to them.
      ...(isInvited(user) && { access: 'no_access', access_expires_at: null }),
      version: db.raw('version + 1'),
      updated_at: db.raw('now()'),
    });
  await revokeLoginSessions(db, id);
  await revokeTokens(db, id);
  const changes = { status: ['enabled', 'disabled'] };
  await recordAudit(db, actor, { event: 'user.disabled', target: targetOf(user), changes });
}

/** @throws {NotFound} where the tenant has no such customer */
export async function enableUser(db: TenantDb, actor: Actor, id: string): Promise<User> {
  const user = found(await findUserForUpdate(db, id));
  await openLogin(db, actor, user);
  return user;
}

/** Lets somebody whose row the caller holds in again. */
export async function openLogin(db: TenantDb, actor: Actor, user: Person): Promise<void> {
  if (user.status === 'enabled') return;
  await db
    .from('users')
    .where({ id: user.id })
    .update({ status: 'enabled', version: db.raw('version + 1'), updated_at: db.raw('now()') });
  const changes = { status: ['disabled', 'enabled'] };
  await recordAudit(db, actor, { event: 'user.enabled', target: targetOf(user), changes });
}

/**
 * Takes an invitation back: its links stop working, also the one of a mail that is still on its way. Answers false
 * where nobody is waiting for an answer to one.
 *
 * @throws {NotFound} where the tenant has no such customer
 */
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
  await revokeTokens(db, id);
  await recordAudit(db, actor, { event: 'user.invitation_revoked', target: targetOf(user) });
  return { user, isRevoked: true };
}

/** Whether there is an invitation to take back. */
export function isInvited({ access }: Pick<User, 'access'>): boolean {
  return access === 'invited' || access === 'opened';
}
