import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { continueMethods } from '../domain/payment-method/payment-method-actions.ts';
import { chargeDeps } from '../gateways/charge-deps.ts';
import type { Schedule } from './schedules.ts';

const findWaitingTenants = tenantScan('waiting payment methods', (db, tenantId) =>
  db
    .from('payment_methods')
    .where(tenantId === undefined ? {} : { tenant_id: tenantId })
    .whereRaw(`status in ('adding', 'removing', 'verifying')`)
    .distinct<{ tenant_id: string }[]>('tenant_id'),
);

/** Goes on with methods whose page was left, whose account is verified or that could not be removed at once. */
export const continuePaymentMethods: Schedule = {
  name: 'payment methods',
  everySeconds: 60,
  run: async (deps, isStopping) => {
    const tenantIds = await findWaitingTenants(deps, isStopping);
    await forEachTenant(deps.log, tenantIds, (id) => continueMethods(chargeDeps(deps), id));
  },
};
