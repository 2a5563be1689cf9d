import { column, pick, selectRows, type Column } from '../../database/columns.ts';
import { insertMany } from '../../database/insert-many.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EarlierRow, RowPlan, UndoableRow, WrittenRow } from './row.ts';

/** Sent with the next awaited statement. */
export function insertPlans(db: TenantDb, import_id: string, plans: readonly RowPlan[]): void {
  if (plans.length === 0) return;
  const rows = plans.map(({ errors, changes, derived = {}, ...plan }) => ({
    line: plan.line,
    verdict: plan.verdict,
    key_norm: plan.key_norm,
    part_norm: plan.part_norm,
    detail_hashes: plan.detail_hashes,
    target_id: errors.length > 0 ? null : plan.target_id,
    target_name: plan.target_name,
    target_version: plan.target_version,
    // Of a new record, the file has the values.
    changes: JSON.stringify(plan.verdict === 'update' ? changes : derived),
    errors: JSON.stringify(errors),
  }));
  db.defer(insertMany(db, 'import_rows', rows, { import_id }));
}

/** Rows before the line with one of the keys. */
export function listEarlierRows(
  db: TenantDb,
  import_id: string,
  { keys, line }: { keys: readonly string[]; line: number },
): Promise<EarlierRow[]> {
  if (keys.length === 0) return Promise.resolve([]);
  const rows = db
    .from('import_rows')
    .where({ import_id })
    .where('line', '<', line)
    .whereRaw('key_norm = any(?::text[])', [[...new Set(keys)]]);
  return selectRows(
    rows.orderBy('line'),
    pick('import_rows', 'line', 'key_norm', 'part_norm', 'detail_hashes', 'target_id', 'target_name'),
  );
}

/** Locked, between two lines of the file, both included. */
export function listCheckedRows(db: TenantDb, import_id: string, [first, last]: [number, number]) {
  const rows = db.from('import_rows').where({ import_id }).whereBetween('line', [first, last]);
  return selectRows(
    rows.forUpdate(),
    pick('import_rows', 'line', 'verdict', 'result', 'target_id', 'target_version'),
  );
}

/** Each deleted user is looked up in every table that refers to users, which must finish within the statement timeout. */
const UNDO_BATCH = 200;

/** From the last line of the file to the first. */
export function listUndoableRows(
  db: TenantDb,
  import_id: string,
  before: number | null,
): Promise<UndoableRow[]> {
  const rows = db.from('import_rows').where({ import_id }).whereIn('result', ['created', 'updated']);
  if (before !== null) void rows.where('line', '<', before);
  return selectRows(rows.orderBy('line', 'desc').limit(UNDO_BATCH).forUpdate(), {
    ...pick('import_rows', 'line', 'target_id', 'target_name', 'target_version', 'undo'),
    result: column('import_rows', 'result') as Column<'created' | 'updated'>,
  });
}

/** Sent with the next awaited statement. */
export function saveResults(db: TenantDb, import_id: string, written: readonly WrittenRow[]): void {
  if (written.length === 0) return;
  db.defer({
    text: `update import_rows i
      set result = r.result, errors = r.errors, target_version = r.target_version, undo = r.undo
      from jsonb_to_recordset($1::jsonb)
        as r (line int, result text, errors jsonb, target_version int, undo jsonb)
      where i.tenant_id = $2 and i.import_id = $3 and i.line = r.line`,
    values: [JSON.stringify(written), db.tenantId, import_id],
  });
}

export async function deleteRows(db: TenantDb, import_id: string): Promise<void> {
  await db.from('import_rows').where({ import_id }).delete();
}
