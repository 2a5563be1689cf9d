import { inTenant } from '../../database/in-tenant.ts';
import { inBilling, type ChargeDeps } from '../gateway/charge-deps.ts';
import { chargePayment } from './charge-payment.ts';
import {
  ABANDONED_MS,
  after,
  getGatewayPayment,
  lockGatewayPayment,
  updatePayment,
  type GatewayPayment,
} from './gateway-payment.ts';
import { readPayment } from './read-payment.ts';
import { readRefund, sendRefund } from './refund-payment.ts';
import { continueRetry } from './retry-payment.ts';
import { startScheduled } from './schedule-payment.ts';

/** Does with a due payment what its row says: the worker calls it, and everyone who wants it to go on at once. */
export async function advancePayment(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const payment = await inTenant(deps.database, tenantId, (db) => getGatewayPayment(db, id));
  if (payment.gateway_id === null) return;
  const { status, direction, gateway_object_id, gateway_session_id } = payment;
  if (direction === 'out')
    return gateway_object_id === null ? sendRefund(deps, tenantId, id) : readRefund(deps, tenantId, id);
  if (status === 'scheduled') return startScheduled(deps, tenantId, id);
  if (status === 'failed') return continueRetry(deps, tenantId, id);
  if (status === 'created' || status === 'ready') return chargePayment(deps, tenantId, id);
  if (status === 'unknown' && gateway_object_id === null && gateway_session_id === null) {
    await createAgain(deps, tenantId, payment);
    return chargePayment(deps, tenantId, id);
  }
  await readPayment(deps, tenantId, id);
}

/**
 * It is not known whether a charge was created. Nothing can have been charged by it, because its id was not stored and so
 * it is never confirmed; a new one has a new key, because the service may repeat a stored error.
 */
async function createAgain(
  deps: ChargeDeps,
  tenantId: string,
  { id, attempts }: GatewayPayment,
): Promise<void> {
  await inBilling(deps, tenantId, async (db, billing) => {
    const { payment } = await lockGatewayPayment(db, id);
    if (payment.status !== 'unknown' || payment.attempts !== attempts || payment.gateway_object_id !== null)
      return;
    const due_at = after(billing.now, ABANDONED_MS);
    updatePayment(db, id, { status: 'created', attempts: attempts + 1, due_at });
  });
}
