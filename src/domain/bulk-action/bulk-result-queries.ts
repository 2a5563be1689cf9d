import { column, pick, selectRows, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { SkipReason } from './bulk-action.ts';

const resultColumns = {
  ...pick('bulk_results as b', 'id', 'user_id'),
  reason: column('bulk_results as b', 'reason') as Column<SkipReason | null>,
  ...pick('users as u', 'name', 'email'),
};

/** In the order in which the rows were handled. Users whom the viewer does not see are left out. */
export function listBulkResults(
  db: TenantDb,
  task_id: string,
  { after, limit, isSkipped = false }: { after?: string | undefined; limit: number; isSkipped?: boolean },
) {
  const results = db
    .visible('users as u')
    .join('bulk_results as b', { 'b.tenant_id': 'u.tenant_id', 'b.user_id': 'u.id' })
    .where({ 'b.task_id': task_id })
    .modify((rows) => {
      if (isSkipped) void rows.whereNotNull('b.reason');
      if (after !== undefined) void rows.where('b.id', '>', after);
    });
  return selectRows(results.orderBy('b.id').limit(limit), resultColumns);
}
