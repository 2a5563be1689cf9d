import { column, pick, selectRow, selectRows, type Column } from '../../database/columns.ts';
import { insertMany } from '../../database/insert-many.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EarlierRow, RowPlan, UndoableRow, WrittenRow } from './row.ts';

/** Sent with the next awaited statement. */
export function insertPlans(db: TenantDb, import_id: string, plans: readonly RowPlan[]): void {
  if (plans.length === 0) return;
  const rows = plans.map(({ errors, changes, part_changes, derived = {}, ...plan }) => ({
    line: plan.line,
    verdict: plan.verdict,
    key_norm: plan.key_norm,
    part_norm: plan.part_norm,
    detail_hashes: plan.detail_hashes,
    target_id: errors.length > 0 ? null : plan.target_id,
    target_name: plan.target_name,
    target_version: plan.target_version,
    // Of a new record, the file has the values.
    changes: JSON.stringify(plan.verdict === 'update' ? { ...changes, ...part_changes } : derived),
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
  return selectRows(rows.forUpdate(), {
    ...pick('import_rows', 'line', 'verdict', 'result', 'target_id', 'target_version'),
    changes: column('import_rows', 'changes') as Column<Record<string, unknown>>,
  });
}

/** Each deleted user is looked up in every table that refers to users, which must finish within the statement timeout. */
const UNDO_BATCH = 200;

const undoableColumns = {
  ...pick('import_rows', 'line', 'target_id', 'target_name', 'target_version', 'undo'),
  result: column('import_rows', 'result') as Column<'created' | 'updated'>,
};

/**
 * From the last line of the file to the first: rows before a line, with all earlier rows of the same records, so that
 * a record is undone or kept whole. `last` is the line before which other records follow.
 */
export async function listUndoableRows(
  db: TenantDb,
  import_id: string,
  before: number | null,
): Promise<{ rows: UndoableRow[]; last: number | null }> {
  const written = () =>
    db
      .from('import_rows')
      .where({ import_id })
      .whereIn('result', ['created', 'updated'])
      .orderBy('line', 'desc');
  const next = written().limit(UNDO_BATCH).forUpdate();
  if (before !== null) void next.where('line', '<', before);
  const rows = await selectRows(next, undoableColumns);
  const last = rows.at(-1)?.line ?? null;
  if (last === null) return { rows, last };
  const ids = rows.flatMap(({ target_id }) => target_id ?? []);
  const further = written()
    .where('line', '<', last)
    .whereRaw('target_id = any(?::uuid[])', [ids])
    .forUpdate();
  return { rows: [...rows, ...(await selectRows(further, undoableColumns))], last };
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

const DELETE_BATCH = 5_000;

/**
 * Deletes some of the rows from a line of the file on, before which there are none. Returns the line from which there
 * are more, null without any.
 */
export async function deleteRows(db: TenantDb, import_id: string, from: number): Promise<number | null> {
  const rows = () => db.from('import_rows').where({ import_id }).where('line', '>=', from);
  const next = rows().orderBy('line').offset(DELETE_BATCH).limit(1);
  const rest = await selectRow(next, pick('import_rows', 'line'));
  const deleted = rows();
  if (rest) void deleted.where('line', '<', rest.line);
  await deleted.delete();
  return rest?.line ?? null;
}
