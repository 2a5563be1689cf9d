import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { RunFailure } from './billing-run.ts';

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
});

export function findRun(db: TenantDb, id: string) {
  return selectRow(db.from('billing_runs as g').where('g.id', id), {
    ...columns(),
    failures: column('billing_runs as g', 'failures') as Column<RunFailure[]>,
  });
}
