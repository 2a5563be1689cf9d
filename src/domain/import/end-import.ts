import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** Before the task itself, in the order of its batches. Sent with the next awaited statement. */
export function lockImportOf(db: TenantDb, task_id: string): void {
  db.defer(selectRow(db.from('imports').where({ task_id }).forUpdate(), pick('imports', 'id')));
}

/** What a task leaves behind that was cancelled or has failed. Sent with the next awaited statement. */
export function endImportOf(db: TenantDb, task_id: string, state: 'failed' | 'cancelled'): void {
  db.defer(
    db
      .from('imports')
      .where({ task_id })
      .whereIn('state', ['checking', 'importing', 'undoing'])
      .update({ state, version: db.raw<number>('version + 1') }),
  );
}
