import type Stripe from 'stripe';
import { GatewayUnknown, type ChargeState, type RefundState } from '../../domain/gateway/gateway.ts';
import { fromStripe, receivedFromStripe } from './amounts.ts';
import { failureOf, needsAuthentication } from './declines.ts';
import { READ } from './stripe-client.ts';

/** Of an intent, so that its state has what was charged back. */
export const EXPANDED = { expand: ['latest_charge'] };

/** @throws {GatewayUnknown} for a status that this version does not know */
export async function readState(
  client: Stripe,
  intent: Stripe.PaymentIntent,
  requestId: string | undefined,
): Promise<ChargeState> {
  const { id, amount_received, currency, latest_charge } = intent;
  const methodId = idOf(intent.payment_method) ?? intent.last_payment_error?.payment_method?.id;
  const isDisputed = typeof latest_charge === 'object' && latest_charge?.disputed === true;
  return {
    chargeId: id,
    received: receivedFromStripe(amount_received, currency),
    ...(methodId !== undefined && { methodId }),
    chargedBack: isDisputed ? await sumDisputes(client, id) : 0n,
    ...statusOf(intent),
    ...(requestId !== undefined && { requestId }),
  };
}

function statusOf(intent: Stripe.PaymentIntent): Pick<ChargeState, 'status' | 'failure'> {
  const { status, last_payment_error } = intent;
  switch (status) {
    case 'succeeded':
      return { status: 'succeeded' };
    case 'processing':
      return { status: 'processing' };
    case 'requires_action':
      return { status: 'requires_action' };
    case 'requires_confirmation':
      return { status: 'ready' };
    case 'canceled':
      return { status: 'cancelled' };
    case 'requires_payment_method':
      if (!last_payment_error) return { status: 'ready' };
      if (needsAuthentication(last_payment_error)) return { status: 'requires_action' };
      return { status: 'failed', failure: failureOf(last_payment_error) };
    default:
      throw new GatewayUnknown(`Stripe has a charge with the status ${status}`);
  }
}

/** While a dispute is open, and when it is lost, Stripe has taken the amount back. */
const TAKEN: readonly string[] = [
  'needs_response',
  'under_review',
  'lost',
  'appeal_needs_response',
  'appeal_under_review',
];

async function sumDisputes(client: Stripe, intentId: string): Promise<bigint> {
  const { data } = await client.disputes.list({ payment_intent: intentId, limit: 100 }, READ);
  return data
    .filter(({ status }) => TAKEN.includes(status))
    .reduce((sum, { amount, currency }) => sum + fromStripe(amount, currency), 0n);
}

/** @throws {GatewayUnknown} for a status that this version does not know */
export function refundState({
  lastResponse: { requestId },
  ...refund
}: Stripe.Response<Stripe.Refund>): RefundState {
  return { ...stateOfRefund(refund), requestId };
}

/** @throws {GatewayUnknown} for a status that this version does not know */
export function stateOfRefund({ id, status, failure_reason }: Stripe.Refund): RefundState {
  switch (status) {
    case 'succeeded':
      return { refundId: id, status: 'succeeded' };
    case 'pending':
    case 'requires_action':
      return { refundId: id, status: 'processing' };
    case 'canceled':
      return { refundId: id, status: 'cancelled' };
    case 'failed':
      return {
        refundId: id,
        status: 'failed',
        failure: { code: failure_reason ?? 'unknown', text: 'The bank did not accept the refund.' },
      };
    default:
      throw new GatewayUnknown(`Stripe has a refund with the status ${status}`);
  }
}

export function idOf(reference: string | { id: string } | null | undefined): string | undefined {
  return typeof reference === 'string' ? reference : reference?.id;
}
