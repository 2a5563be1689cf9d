import { accessTenant } from '../database/in-tenant.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import type { ExportedLists } from '../domain/export/export.ts';
import { countView, IS_UNCOUNTED, listUncounted } from '../domain/saved-view/count-views.ts';
import { COUNT_SECONDS } from '../domain/saved-view/saved-view-queries.ts';
import type { Schedule } from './schedules.ts';

/** Counts the rows of the views that were shown since their last count, because pages only show stored counts. */
export function countViews(lists: ExportedLists): Schedule {
  return {
    name: 'counts of views',
    everySeconds: 60,
    run: async (deps, isStopping) => {
      const { database, log } = deps;
      await forEachTenant(log, await findTenants(deps, isStopping), async (id) => {
        const tenant = accessTenant(database, id);
        const [views] = await tenant.readTenant((db) => [listUncounted(db)]);
        for (const view of views) {
          if (isStopping()) return;
          await countView(tenant, lists, view).catch((err: unknown) =>
            log.warn({ err, tenant: id, view: view.id }, 'a view cannot be counted'),
          );
        }
      });
    },
  };
}

const findTenants = tenantScan('uncounted views', (db, tenantId) =>
  db
    .from('saved_views as v')
    .join('tenants as t', 't.id', 'v.tenant_id')
    .where(tenantId === undefined ? {} : { 'v.tenant_id': tenantId })
    .where('t.status', 'active')
    .whereRaw(IS_UNCOUNTED, [COUNT_SECONDS])
    .distinct<{ tenant_id: string }[]>('v.tenant_id'),
);
