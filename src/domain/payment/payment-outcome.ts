import type { Row } from '../../database/tables.ts';
import { inBilling, type ChargeDeps } from '../gateway/charge-deps.ts';
import { requestIdOf } from '../gateway/gateway.ts';
import {
  lockGatewayPayment,
  nextCheck,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
} from './gateway-payment.ts';
import { isUnfinished } from './payment.ts';

type Call = Row<'payment_attempts'>['call'];

const UNSURE: readonly GatewayPayment['status'][] = ['created', 'ready', 'submitting'];

/** The result of a call did not arrive. The payment is read later, and nothing is charged before. */
export async function storeUnknown(
  deps: ChargeDeps,
  tenantId: string,
  { id }: GatewayPayment,
  call: Call | ((payment: GatewayPayment) => Call),
  error: unknown,
): Promise<void> {
  await inBilling(deps, tenantId, async (db, billing) => {
    const { payment } = await lockGatewayPayment(db, id);
    const { status, checks } = payment;
    if (!isUnfinished(status)) return;
    recordAttempt(db, payment, {
      call: typeof call === 'string' ? call : call(payment),
      outcome: 'unknown',
      gateway_request_id: requestIdOf(error),
    });
    updatePayment(db, id, {
      ...(UNSURE.includes(status) && { status: 'unknown' as const }),
      checks: checks + 1,
      due_at: nextCheck(billing, checks),
    });
  });
}
