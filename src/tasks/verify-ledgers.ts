import { pick, selectRows } from '../database/columns.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { verifyLedger } from '../domain/ledger/verify-ledger.ts';
import type { Schedule } from './schedules.ts';

/** A difference is an error in the log, which alarms. */
export const verifyLedgers: Schedule = {
  name: 'verify ledgers',
  everySeconds: 24 * 60 * 60,
  run: async (deps, isStopping) => {
    const { database, log } = deps;
    await forEachTenant(log, await findTenants(deps, isStopping), async (tenant) => {
      if (isStopping()) return;
      const { difference } = await verifyLedger(database, tenant);
      if (difference) log.error({ tenant, ...difference }, 'a sum differs from the ledger');
    });
  },
};

/** Each tenant has settings. */
const findTenants = tenantScan('ledgers', (db, tenantId) => {
  const settings = db.from('billing_settings');
  if (tenantId !== undefined) void settings.where({ tenant_id: tenantId });
  return selectRows(settings, pick('billing_settings', 'tenant_id'));
});
