import { inTenant } from '../../database/in-tenant.ts';
import { found } from '../../errors.ts';
import { gatewayActor, inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { setDefault, updateMethod } from './method-changes.ts';
import { isChargeable } from './payment-method.ts';
import { findDefaultMethod, findMethod, lockMethod } from './payment-method-queries.ts';

const REFRESHED = ['active', 'verifying', 'needs_attention'] as const;

/**
 * Reads a stored method: its bank account may be verified now, or the service has renewed the card.
 *
 * @throws {GatewayUnknown}
 */
export async function refreshMethod(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const before = await inTenant(deps.database, tenantId, async (db) => found(await findMethod(db, id)));
  if (!isRefreshed(before.status) || before.external_id === null) return;
  const gateway = await openGatewayById(deps, tenantId, before.gateway_id);
  const { state, ...facts } = await gateway.readMethod(before.external_id);
  await inBilling(deps, tenantId, async (db, billing) => {
    const { account, method } = await lockMethod(db, id);
    if (!isRefreshed(method.status)) return;
    const isRenewed = facts.exp_month !== method.exp_month || facts.exp_year !== method.exp_year;
    const isDeclined = method.status === 'needs_attention' && !isRenewed;
    const active = isDeclined ? 'needs_attention' : state;
    const status = state === 'gone' ? 'needs_attention' : active === 'gone' ? 'needs_attention' : active;
    updateMethod(db, id, { ...facts, status, ...(isRenewed && { expiry_warned_days: null }) });
    const isFirst = method.status === 'verifying' && status === 'active';
    if (!isFirst) return;
    const former = await findDefaultMethod(db, account.id);
    if (!former || !isChargeable(former, billing))
      await setDefault(db, gatewayActor, billing, account, { ...method, ...facts, status });
  });
}

function isRefreshed(status: string): boolean {
  return (REFRESHED as readonly string[]).includes(status);
}
