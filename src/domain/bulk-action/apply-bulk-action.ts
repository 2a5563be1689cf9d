import { pick, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { isBlocked } from '../membership/customer-context.ts';
import { disableLogins, enableLogins, revokeInvitations } from '../user/user-access.ts';
import { skipReasonOf, type SelectedUser, type SkipReason, type StoredOptions } from './bulk-action.ts';
import { changeRoles, roleReasons } from './change-roles.ts';
import { emailReasons, sendEmails } from './send-emails.ts';

/** One transaction of a task. */
export interface BulkBatch {
  task_id: string;
  /** Of customers whom the actor may see. */
  ids: readonly string[];
  /** How many rows the task has handled before. */
  done: number;
}

/**
 * Changes the users whom the action applies to, and stores a result for each. Returns how many were changed. Users who no
 * longer exist have no result.
 */
export async function applyBulkAction(
  db: TenantDb,
  actor: Actor,
  options: StoredOptions,
  { task_id, ids, done }: BulkBatch,
): Promise<number> {
  const users = await lockUsers(db, ids);
  const reasons = await reasonsOf(db, options, users);
  const changed = users.filter(({ id }) => !reasons.has(id));
  if (changed.length > 0) await applyTo(db, actor, options, changed, done);
  if (users.length > 0)
    await db.insertInto(
      'bulk_results',
      users.map(({ id }) => ({ id: newId(), task_id, user_id: id, reason: reasons.get(id) ?? null })),
    );
  return changed.length;
}

/** In one order, so that two transactions do not wait for each other. */
function lockUsers(db: TenantDb, ids: readonly string[]): Promise<SelectedUser[]> {
  return selectUsers(db, ids).forUpdate();
}

/** Customers only, no staff. */
export function selectUsers(db: TenantDb, ids: readonly string[]) {
  const users = db
    .visible('users')
    .where({ audience: 'customer' })
    .whereRaw('id = any(?::uuid[])', [[...ids]])
    .orderBy('id');
  return selectRows(users, {
    ...pick('users', 'id', 'name', 'email', 'status', 'access'),
    has_password: db.raw<boolean>('password_hash is not null'),
    is_blocked: isBlocked(db, 'users'),
  });
}

/** By the id of the users who are not changed. */
export async function reasonsOf(
  db: TenantDb,
  options: StoredOptions,
  users: readonly SelectedUser[],
): Promise<Map<string, SkipReason>> {
  const reasons = new Map<string, SkipReason>();
  for (const user of users) {
    const reason = skipReasonOf(options.action, user);
    if (reason) reasons.set(user.id, reason);
  }
  const others = users.filter(({ id }) => !reasons.has(id));
  for (const [id, reason] of await furtherReasons(db, options, others)) reasons.set(id, reason);
  return reasons;
}

async function furtherReasons(
  db: TenantDb,
  options: StoredOptions,
  users: readonly SelectedUser[],
): Promise<Iterable<[string, SkipReason]>> {
  switch (options.action) {
    case 'add-role':
    case 'remove-role':
      return roleReasons(db, options, users);
    case 'send-invitation':
      return emailReasons(db, options.template, users);
    default:
      return [];
  }
}

function applyTo(
  db: TenantDb,
  actor: Actor,
  options: StoredOptions,
  users: readonly SelectedUser[],
  done: number,
): Promise<void> {
  switch (options.action) {
    case 'add-role':
    case 'remove-role':
      return changeRoles(db, actor, options, users);
    case 'disable':
      return disableLogins(db, actor, users);
    case 'enable':
      return enableLogins(db, actor, users);
    case 'revoke-invitation':
      return revokeInvitations(db, actor, users);
    case 'send-invitation':
    case 'send-message':
      return sendEmails(db, actor, options, users, done);
  }
}
