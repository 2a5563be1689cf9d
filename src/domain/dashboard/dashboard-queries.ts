import { pick, selectRow, selectRows } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import { MAX_COUNT } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { parseFigures, type DashboardFigures } from './dashboard-figures.ts';

export interface DashboardSummary {
  figures: DashboardFigures;
  refreshed_at: Date;
}

/** Null before the first refresh, and for staff who do not see every company. */
export function findSummary(db: TenantDb) {
  const summaries = db.visible('dashboard_summaries as d');
  const row = selectRow(summaries, pick('dashboard_summaries as d', 'figures', 'refreshed_at'));
  return convertRead(row, (found): DashboardSummary | null => {
    const figures = parseFigures(found?.figures);
    return figures && found?.refreshed_at ? { figures, refreshed_at: found.refreshed_at } : null;
  });
}

/** Each is at most MAX_COUNT + 1. */
export interface WaitingCounts {
  requests: number;
  /** Whose invoices have not been paid since. */
  failed_payments: number;
}

export function countWaiting(db: TenantDb) {
  const requests = db
    .visible('requests as q')
    .where('q.status', 'requested')
    .limit(MAX_COUNT + 1);
  const failed = db
    .visible('invoices as i')
    .join('payment_invoices as n', { 'n.tenant_id': 'i.tenant_id', 'n.invoice_id': 'i.id' })
    .join('payments as p', { 'p.tenant_id': 'n.tenant_id', 'p.id': 'n.payment_id' })
    .where({ 'i.status': 'failed', 'p.status': 'failed' })
    .distinct('p.id')
    .limit(MAX_COUNT + 1);
  const read = db.raw<{ rows: WaitingCounts[] }>(
    `select (select cast(count(*) as int) from ? r) as requests,
       (select cast(count(*) as int) from ? f) as failed_payments`,
    [selectRows(requests, pick('requests as q', 'id')), failed],
  );
  return convertRead(read, ({ rows }) => rows[0]!);
}
