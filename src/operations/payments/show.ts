import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { reasonSchema } from '../../domain/invoice/invoice-form.ts';
import { describeMethod } from '../../domain/payment-method/payment-method.ts';
import { listParts, type PaymentPart } from '../../domain/payment/gateway-payment.ts';
import { undoPayment } from '../../domain/payment/payment-actions.ts';
import {
  findPayment,
  listAttempts,
  listPaidInvoices,
  listRefundsOf,
  type PaymentDetail,
} from '../../domain/payment/payment-queries.ts';
import { isManual, isToPayOut, isUnfinished, refundableCents } from '../../domain/payment/payment.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import {
  attemptLabels,
  badgeOfPayment,
  channelLabels,
  outcomeLabels,
  starterLabels,
} from '../money-badges.ts';
import { withErrors } from '../form-errors.ts';
import { customerLink } from '../money-views.ts';

type PaymentRequest = Request<{ id: string }>;

export const payment = Router().param('id', idParam);

payment.get('/:id', may('invoices.view'), (req: PaymentRequest, res) => showPayment(req, res, emptyForm));

export async function showPayment(req: PaymentRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, parts, invoices, attempts, refunds] = await req.readTenant((db) => [
    findPayment(db, id),
    listParts(db, id),
    listPaidInvoices(db, id),
    listAttempts(db, id),
    listRefundsOf(db, id),
  ]);
  const payment = found(row);
  res.page('operations/payments/show', {
    title: payment.direction === 'out' ? 'Refund' : 'Payment',
    form,
    field_ids: { payment: 'actions' },
    payment,
    customer: customerLink(payment),
    channel: channelLabels[payment.channel],
    status_badge: badgeOfPayment(payment),
    method: methodOf(payment),
    ...possibleActions(payment, parts),
    starter: payment.gateway_id === null ? null : starterLabels[payment.started_by],
    is_waiting: payment.gateway_id !== null && isUnfinished(payment.status),
    parts,
    invoices,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      call: attemptLabels[attempt.call],
      outcome: outcomeLabels[attempt.outcome],
    })),
    refunds: refunds.map((refund) => ({ ...refund, badge: badgeOfPayment(refund) })),
    is_received: isReceived(payment),
    credit_cents: creditOf(payment, invoices),
  });
}

function possibleActions(payment: PaymentDetail, parts: readonly Pick<PaymentPart, 'open_cents'>[]) {
  const { direction, channel, status, next_retry_on } = payment;
  const isChargeable = payment.method_status === 'active' && payment.is_gateway_active === true;
  const is_owed = parts.some(({ open_cents }) => open_cents > 0n);
  return {
    is_owed,
    is_undoable: direction === 'in' && status === 'succeeded' && isManual(channel),
    is_retryable: status === 'failed' && isChargeable && is_owed,
    is_retried: status === 'failed' && next_retry_on !== null && is_owed,
    is_to_pay_out: isToPayOut(payment),
    is_refund_shown: direction === 'in' && status === 'succeeded' && payment.gateway_object_id !== null,
    refundable_cents: refundableCents(payment, payment),
  };
}

export function methodOf({
  method_type,
  method_brand,
  method_last4,
  method_bank_name,
}: Pick<PaymentDetail, 'method_type' | 'method_brand' | 'method_last4' | 'method_bank_name'>): string | null {
  if (method_type === null) return null;
  return describeMethod({
    type: method_type,
    brand: method_brand,
    last4: method_last4,
    bank_name: method_bank_name,
  });
}

payment.get('/:id/reversal', may('payments.record'), (req: PaymentRequest, res) =>
  showReversal(req, res, emptyForm),
);

payment.post('/:id/reversal', may('payments.record'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = await req.inTenant(async (db) =>
    form.ok ? undoPayment(db, req.actor, await getBilling(db), { id, ...form.values }) : form,
  );
  if (!result.ok) return showReversal(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The payment was undone. What other credit does not cover of its invoices is open again.');
  await seeOther(req, res, `/payments/${id}`);
});

async function showReversal(req: PaymentRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findPayment(db, id)]);
  const { amount_cents, currency, received_on } = found(row);
  res.page('operations/payments/reversal', {
    title: 'Undo payment',
    form,
    id,
    amount_cents,
    currency,
    received_on,
  });
}

function isReceived({ direction, status }: PaymentDetail): boolean {
  return direction === 'in' && (status === 'succeeded' || status === 'charged_back' || status === 'undone');
}

function creditOf(
  payment: PaymentDetail,
  allocations: readonly { amount_cents: bigint; reverses_id: string | null }[],
): bigint {
  if (!isReceived(payment)) return 0n;
  const { amount_cents } = payment;
  const paid = allocations
    .filter(({ reverses_id }) => reverses_id === null)
    .reduce((sum, allocation) => sum + allocation.amount_cents, 0n);
  return paid < amount_cents ? amount_cents - paid : 0n;
}
