import { column, nullable, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { ImportCounts } from './import-state.ts';
import type { ImportMapping, ImportOptions } from './import.ts';

const columns = (db: TenantDb) => ({
  ...pick('imports as i', 'id', 'kind', 'state', 'mode', 'key', 'is_all_or_nothing', 'file_id', 'file_name'),
  ...pick(
    'imports as i',
    'byte_count',
    'encoding',
    'delimiter',
    'header',
    'error',
    'task_id',
    'requested_by',
  ),
  ...pick('imports as i', 'created_at', 'imported_at', 'version'),
  mapping: column('imports as i', 'mapping') as Column<ImportMapping | null>,
  options: column('imports as i', 'options') as Column<ImportOptions>,
  counts: column('imports as i', 'counts') as Column<ImportCounts>,
  task_state: nullable(column('tasks as t', 'state')),
  task_error: nullable(column('tasks as t', 'error')),
  task_done: nullable(column('tasks as t', 'done')),
  task_total: nullable(column('tasks as t', 'total')),
  is_recent: db.raw<boolean | null>(`i.imported_at > now() - interval '24 hours'`),
});

export type Import = RowOf<ReturnType<typeof columns>>;

export function findImport(db: TenantDb, id: string) {
  const imports = db
    .from('imports as i')
    .leftJoin('tasks as t', { 't.tenant_id': 'i.tenant_id', 't.id': 'i.task_id' })
    .where('i.id', id);
  return selectRow(imports, columns(db));
}

export function findFileName(db: TenantDb, id: string) {
  return selectRow(db.from('imports').where({ id }), pick('imports', 'file_name'));
}
