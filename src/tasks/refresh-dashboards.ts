import { accessTenant } from '../database/in-tenant.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { refreshSummary } from '../domain/dashboard/refresh-summary.ts';
import type { Schedule } from './schedules.ts';

const MIN_SECONDS = 300;

/** Tenants in which something happened since the last refresh, which every action and every billing run records. */
export const refreshDashboards: Schedule = {
  name: 'dashboards',
  everySeconds: 60,
  run: async (deps, isStopping) => {
    const { database, log } = deps;
    await forEachTenant(log, await findChangedTenants(deps, isStopping), async (id) => {
      if (isStopping()) return;
      await refreshSummary(accessTenant(database, id), MIN_SECONDS);
    });
  },
};

/** Events have the time of the database, refreshes that of PORTAL_CLOCK: their ages are compared. */
const findChangedTenants = tenantScan('changed dashboards', (db, tenantId) => {
  const age = `(${db.now} - d.started_at)`;
  return db
    .from('billing_settings as s')
    .join('tenants as t', 't.id', 's.tenant_id')
    .leftJoin('dashboard_summaries as d', 'd.tenant_id', 's.tenant_id')
    .where(tenantId === undefined ? {} : { 's.tenant_id': tenantId })
    .where('t.status', 'active')
    .whereRaw(
      `(d.started_at is null or ${age} >= make_interval(secs => ?) and exists (
         select 1 from audit_events a where a.tenant_id = s.tenant_id and a.at > now() - ${age}))`,
      [MIN_SECONDS],
    )
    .select<{ tenant_id: string }[]>('s.tenant_id');
});
