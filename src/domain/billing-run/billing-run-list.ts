import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import { daysBetween, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { tables } from '../../database/tables.ts';
import { runTitles, type RunFailure, type RunKind } from './billing-run.ts';

const columns = () => ({
  ...pick('billing_runs as g', 'id', 'kind', 'local_date', 'status', 'invoices', 'amount_cents', 'errors'),
  ...pick('billing_runs as g', 'started_at', 'finished_at'),
});

export type ListedRun = RowOf<ReturnType<typeof columns>>;

export const runList = list({
  from: 'billing_runs as g',
  columns,
  // Ids are ordered by the time of the first start.
  orders: { started: { columns: ['g.id'], fields: ['id'] } },
  defaultSort: '-started',
  filters: {
    kind: manyOf(Object.keys(runTitles) as RunKind[], 'g.kind'),
    status: manyOf(tables.billing_runs.status, 'g.status'),
    day: daysBetween('g.local_date'),
  },
});

export function findRun(db: TenantDb, id: string) {
  return selectRow(db.from('billing_runs as g').where('g.id', id), {
    ...columns(),
    failures: column('billing_runs as g', 'failures') as Column<RunFailure[]>,
  });
}
