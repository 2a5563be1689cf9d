import * as z from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import { Forbidden, found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { listAllCustomFields } from '../custom-field/custom-field-queries.ts';
import { moveFormerValues } from '../custom-field/former-values.ts';
import { version } from '../form/fields.ts';
import { refuse } from '../form/parse-values.ts';
import { findUserForUpdate, type User } from '../user/user-queries.ts';
import { displayName, userTarget } from '../user/user.ts';
import { detailColumns, takeCustomValues } from './merge-details.ts';
import { mergeAccounts } from './merge-accounts.ts';
import { countMoved, movedKinds } from './merge-queries.ts';
import { moveReferences } from './unite-rows.ts';
import { findSurvivor, storeAlias } from './user-alias.ts';

export const mergeSchema = z.object({
  other_id: z.uuid(),
  version: version(),
  other_version: version(),
});

export type MergeValues = z.infer<typeof mergeSchema>;

/**
 * Merges the other user into the user, who keeps the id. One transaction; the rows of both are locked first, in the
 * order of their ids. `secretKeys` seal secret custom values for their new row.
 *
 * @throws {NotFound} if the tenant has no such customers
 * @throws {Forbidden} for restricted staff, who may not see everything that moves
 */
export async function mergeUsers(
  db: TenantDb,
  actor: Actor,
  { id, values, secretKeys }: { id: string; values: MergeValues; secretKeys: readonly string[] },
) {
  requireAllRows(db);
  if (values.other_id === id) return refuse({ field: 'other_id', code: 'merge_with_oneself' });
  const locked = await lockUsers(db, id, values.other_id);
  if ('survivor' in locked) return { ok: true as const, user: locked.survivor, other: null };
  const { user, other } = locked;
  if (values.version !== user.version || values.other_version !== other.version)
    return refuse({ field: 'other_id', code: 'merge_users_changed' });
  const refused = await mergeAccounts(db, actor, { user, other });
  if (refused) return refuse(refused);
  await mergeLocked(db, actor, { user, other }, secretKeys);
  return { ok: true as const, user, other: displayName(other) };
}

/** @throws {Forbidden} */
export function requireAllRows({ viewer }: Pick<TenantDb, 'viewer'>): void {
  if (viewer.scope.kind !== 'all') throw new Forbidden();
}

/** The other user was merged already if there is a survivor. */
async function lockUsers(db: TenantDb, id: string, otherId: string) {
  const users = new Map<string, User>();
  for (const each of [id, otherId].toSorted()) {
    const user = await findUserForUpdate(db, each);
    if (user) users.set(each, user);
  }
  const user = found(users.get(id));
  const other = users.get(otherId);
  if (other) return { user, other };
  const survivor = await findSurvivor(db, otherId);
  if (!survivor) throw new NotFound('No such user');
  return { survivor };
}

async function mergeLocked(
  db: TenantDb,
  actor: Actor,
  { user, other }: { user: User; other: User },
  secretKeys: readonly string[],
): Promise<void> {
  const counts = await countMoved(db, other.id);
  await moveFormerValues(db, [user.id, other.id]);
  const fields = await listAllCustomFields(db, 'user');
  const customChanges = await takeCustomValues(db, fields, { user, other }, secretKeys);
  moveReferences(db, { user, other });
  const { columns, changes } = detailColumns(user, other);
  takePrivateCustomer(db, { user, other });
  deleteUser(db, other.id);
  storeAlias(db, { id: other.id, userId: user.id });
  db.defer(
    db
      .from('users')
      .where({ id: user.id })
      .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') }),
  );
  const moved = movedKinds.filter((kind) => counts[kind] > 0).map((kind) => [kind, counts[kind]]);
  recordAudit(db, actor, {
    event: 'user.merged',
    target: userTarget({ ...user, name: columns.name, email: columns.email }),
    changes: {
      merged_user: displayName(other),
      ...changes,
      ...(other.email !== null && { email: [other.email, columns.email] }),
      ...customChanges,
      ...Object.fromEntries(moved),
    },
  });
}

function takePrivateCustomer(db: TenantDb, { user, other }: { user: User; other: User }): void {
  db.defer({
    text: `update users u set is_private_customer = true from users o
      where u.tenant_id = $1 and u.id = $2 and o.tenant_id = $1 and o.id = $3 and o.is_private_customer`,
    values: [db.tenantId, user.id, other.id],
  });
}

/** Fails if a row refers to the user whose table has no rule in `mergeRules`. */
function deleteUser(db: TenantDb, id: string): void {
  for (const [table, column] of [
    ['custom_field_values_index', 'entity_id'],
    ['users', 'id'],
  ])
    db.defer({
      text: `delete from ${table} where tenant_id = $1 and ${column} = $2`,
      values: [db.tenantId, id],
    });
}
