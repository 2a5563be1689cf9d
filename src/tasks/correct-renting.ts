import { pick, selectRows } from '../database/columns.ts';
import { inTenant } from '../database/in-tenant.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { correctRenting } from '../domain/rental/renting.ts';
import type { Schedule } from './schedules.ts';

/** Also sets it for the rows of before the first version that stores it. */
export const correctRentings: Schedule = {
  name: 'correct renting',
  everySeconds: 24 * 60 * 60,
  run: async (deps, isStopping) => {
    const { database, log } = deps;
    await forEachTenant(log, await findTenants(deps, isStopping), async (tenant) => {
      let isFinished = false;
      while (!isFinished && !isStopping()) {
        const corrected = await inTenant(database, tenant, correctRenting);
        const { users, companies } = corrected;
        if (users + companies > 0) log.info({ tenant, users, companies }, 'who rents was corrected');
        ({ isFinished } = corrected);
      }
    });
  },
};

/** Each tenant has settings. */
const findTenants = tenantScan('renting', (db, tenantId) => {
  const settings = db.from('billing_settings');
  if (tenantId !== undefined) void settings.where({ tenant_id: tenantId });
  return selectRows(settings, pick('billing_settings', 'tenant_id'));
});
