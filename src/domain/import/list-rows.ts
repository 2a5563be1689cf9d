import { column, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { RowError } from './row.ts';

export const PAGE_ROWS = 100;

/** What the page of an import lists: rows by verdict or by result. */
export const rowFilters = {
  error: { column: 'verdict', label: 'With errors' },
  create: { column: 'verdict', label: 'New' },
  update: { column: 'verdict', label: 'Changed' },
  unchanged: { column: 'verdict', label: 'Unchanged' },
  failed: { column: 'result', label: 'Failed' },
  skipped: { column: 'result', label: 'Skipped' },
  undone: { column: 'result', label: 'Undone' },
} as const;

export type RowFilter = keyof typeof rowFilters;

export const rowFilterNames = Object.keys(rowFilters) as [RowFilter, ...RowFilter[]];

const shownColumns = {
  ...pick('import_rows', 'line', 'verdict', 'result', 'target_id', 'target_name'),
  changes: column('import_rows', 'changes') as Column<Record<string, unknown>>,
  errors: column('import_rows', 'errors') as Column<RowError[]>,
};

export type ShownRow = RowOf<typeof shownColumns>;

/** One more row than a page has, if there are more. */
export function listShownRows(db: TenantDb, import_id: string, filter: RowFilter, after: number) {
  const rows = db
    .from('import_rows')
    .where({ import_id, [rowFilters[filter].column]: filter })
    .where('line', '>', after);
  return selectRows(rows.orderBy('line').limit(PAGE_ROWS + 1), shownColumns);
}

export const REFUSED_ROWS = 1_000;

/** The next ones after a line of the file. */
export function listRefusedRows(db: TenantDb, import_id: string, after = 0) {
  const rows = db
    .from('import_rows')
    .where({ import_id })
    .where('line', '>', after)
    .where((refused) => refused.where({ verdict: 'error' }).orWhere({ result: 'failed' }));
  return selectRows(rows.orderBy('line').limit(REFUSED_ROWS), shownColumns);
}
