import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { RowReason } from '../import/row.ts';
import type { UndoneUser } from './undo-users.ts';
import { hasRecords } from '../import/references.ts';

interface LabelledUser {
  user_id: string;
  labels: readonly string[];
}

function pairsOf(users: readonly LabelledUser[]): string {
  return JSON.stringify(
    users.flatMap(({ user_id, labels }) => labels.map((label_id) => ({ user_id, label_id }))),
  );
}

/** Sent with the next awaited statement. Labels that were deleted meanwhile are left out. */
export function addLabels(db: TenantDb, users: readonly LabelledUser[]): void {
  if (users.every(({ labels }) => labels.length === 0)) return;
  db.defer({
    text: `insert into user_labels (tenant_id, label_id, user_id)
      select $1, g.id, r.user_id
      from jsonb_to_recordset($2::jsonb) as r (user_id uuid, label_id uuid)
      join labels g on g.tenant_id = $1 and g.id = r.label_id
      where g.deleted_at is null
      for key share of g
      on conflict do nothing`,
    values: [db.tenantId, pairsOf(users)],
  });
}

/** Sent with the next awaited statement. */
export function removeLabels(db: TenantDb, users: readonly LabelledUser[]): void {
  if (users.every(({ labels }) => labels.length === 0)) return;
  db.defer({
    text: `delete from user_labels w using jsonb_to_recordset($2::jsonb) as r (user_id uuid, label_id uuid)
      where w.tenant_id = $1 and w.user_id = r.user_id and w.label_id = r.label_id`,
    values: [db.tenantId, pairsOf(users)],
  });
}

/** Adds people who were given another label than those of the import to `skipped`. */
export async function skipLabelledUsers(
  db: TenantDb,
  people: readonly UndoneUser[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (people.length === 0) return;
  const ids = people.map(({ user: { id } }) => id);
  const labelled = db.from('user_labels').whereRaw('user_id = any(?::uuid[])', [ids]);
  const rows = await selectRows(labelled, pick('user_labels', 'user_id', 'label_id'));
  for (const { row, undo, user } of people) {
    const isOther = rows.some(
      ({ user_id, label_id }) => user_id === user.id && !undo.labels?.added.includes(label_id),
    );
    if (isOther) skipped.set(row.line, hasRecords);
  }
}
