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
  db.defer(insertMany(db, 'import_rows', rows, { common: { import_id } }));
}

/** Rows before the line with one of the keys. */
export async function listEarlierRows(
  db: TenantDb,
  import_id: string,
  { keys, line }: { keys: readonly string[]; line: number },
): Promise<EarlierRow[]> {
  if (keys.length === 0) return [];
  // While the table has no statistics, the planner would read all earlier lines for each key. Only the index of the keys
  // returns its rows in this order.
  db.defer(db.raw('set local enable_sort = off'));
  const { rows } = await db.raw<{ rows: EarlierRow[] }>(
    `select i.* from unnest(?::text[]) k (key_norm) cross join lateral (
       select line, key_norm, part_norm, detail_hashes, target_id, target_name from import_rows
       where tenant_id = ? and import_id = ? and key_norm >= k.key_norm and key_norm <= k.key_norm and line < ?
       order by key_norm) i`,
    [[...new Set(keys)], db.tenantId, import_id, line],
  );
  db.defer(db.raw('set local enable_sort = on'));
  return rows.toSorted((one, other) => one.line - other.line);
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

/** Sent with the next awaited statement. The rows exist. */
export function saveResults(db: TenantDb, import_id: string, written: readonly WrittenRow[]): void {
  if (written.length === 0) return;
  const rows = written.map(({ line, result, errors, target_version, undo }) => ({
    line,
    result,
    errors: JSON.stringify(errors),
    target_version,
    undo: undo === null ? null : JSON.stringify(undo),
  }));
  // An update that joins the results would read all rows of the import while the table has no statistics.
  const upsert = insertMany(db, 'import_rows', rows, {
    common: { import_id, verdict: 'update', target_name: '' },
    onConflict: `(tenant_id, import_id, line) do update set result = excluded.result, errors = excluded.errors,
      target_version = excluded.target_version, undo = excluded.undo`,
  });
  db.defer(upsert);
}

export async function deleteRows(db: TenantDb, import_id: string): Promise<void> {
  await db.from('import_rows').where({ import_id }).delete();
}
