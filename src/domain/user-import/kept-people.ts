import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { skipReferredUsers } from './delete-users.ts';
import { hasRecords } from '../import/references.ts';
import type { RowReason } from '../import/row.ts';
import type { UndoneUser } from './undo-users.ts';
import type { UserRows } from './user-row-context.ts';
import { skipLabelledUsers } from './write-labels.ts';
import type { UserUndo } from './write-users.ts';

type LockedUser = UndoneUser['user'] & { has_merged: boolean };

/**
 * Why people stay whom the import created, by their ids: none of their rows is undone. The people are locked.
 */
export async function findKeptPeople(
  db: TenantDb,
  { import_id }: UserRows,
  users: ReadonlyMap<string, LockedUser>,
): Promise<Map<string, RowReason>> {
  const imported = await listRowsOf(db, import_id, [...users.keys()]);
  const created = imported.flatMap(({ line, target_id, target_name, target_version, result, undo }) => {
    const user = users.get(target_id!);
    if (result !== 'created' || !user) return [];
    const row = { line, target_id, target_name, target_version, result: 'created' as const, undo };
    return [{ row, undo: (undo ?? {}) as UserUndo, user }];
  });
  if (created.length === 0) return new Map();
  const reasons = new Map<number, RowReason>();
  await skipLabelledUsers(db, created, reasons);
  await skipReferredUsers(db, created, reasons);
  const present = await listMemberships(
    db,
    created.map(({ user }) => user.id),
  );
  return new Map(
    created.flatMap(({ row, user }) => {
      const own = imported.filter(({ target_id }) => target_id === user.id);
      const hasChanged = user.has_merged || user.version !== row.target_version;
      const reason: RowReason | undefined = hasChanged
        ? { code: 'undo_changed' }
        : (reasons.get(row.line) ?? membershipReason(own, present.get(user.id) ?? new Map()));
      return reason ? [[user.id, reason] as const] : [];
    }),
  );
}

/** That are written and not undone yet. */
function listRowsOf(db: TenantDb, import_id: string, ids: readonly string[]) {
  const rows = db
    .from('import_rows')
    .where({ import_id })
    .whereRaw('target_id = any(?::uuid[])', [[...ids]])
    .whereIn('result', ['created', 'updated']);
  return selectRows(
    rows,
    pick('import_rows', 'line', 'target_id', 'target_name', 'target_version', 'result', 'undo'),
  );
}

/** The ids of the roles in each company, as text in order, by person and company. */
async function listMemberships(
  db: TenantDb,
  ids: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const { rows } = await db.raw<{ rows: { user_id: string; company_id: string; role_ids: string[] }[] }>(
    `select m.user_id, m.company_id, array(
       select a.role_id from role_assignments a
       where a.tenant_id = ? and a.user_id = m.user_id and a.company_id = m.company_id) as role_ids
     from memberships m where m.tenant_id = ? and m.user_id = any(?::uuid[])
     for update of m`,
    [db.tenantId, db.tenantId, [...ids]],
  );
  const found = new Map<string, Map<string, string>>(ids.map((id) => [id, new Map()]));
  for (const { user_id, company_id, role_ids } of rows)
    found.get(user_id)!.set(company_id, role_ids.toSorted().join());
  return found;
}

/** For a membership that the import did not add, or one that was changed since. */
function membershipReason(
  own: readonly { undo: unknown }[],
  present: ReadonlyMap<string, string>,
): RowReason | undefined {
  const added = own.flatMap(({ undo }) => (undo as UserUndo | null)?.membership ?? []);
  const isSame = added.every(({ company_id, after }) => present.get(company_id) === after.toSorted().join());
  if (!isSame) return { code: 'undo_changed' };
  return present.size > added.length ? hasRecords : undefined;
}
