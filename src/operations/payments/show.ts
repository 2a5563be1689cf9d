import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { reasonSchema } from '../../domain/invoice/invoice-form.ts';
import { undoPayment } from '../../domain/payment/payment-actions.ts';
import { findPayment, listPaidInvoices } from '../../domain/payment/payment-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { channelLabels, paymentBadges } from '../money-badges.ts';
import { withErrors } from '../form-errors.ts';
import { customerLink } from '../money-views.ts';

type PaymentRequest = Request<{ id: string }>;

export const payment = Router().param('id', idParam);

payment.get('/:id', may('invoices.view'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const [row, invoices] = await req.readTenant((db) => [findPayment(db, id), listPaidInvoices(db, id)]);
  const payment = found(row);
  res.page('operations/payments/show', {
    title: 'Payment',
    payment,
    customer: customerLink(payment),
    channel: channelLabels[payment.channel],
    status_badge: paymentBadges[payment.status],
    invoices,
    credit_cents: payment.amount_cents - sumOf(invoices),
  });
});

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

function sumOf(allocations: readonly { amount_cents: bigint; reverses_id: string | null }[]): bigint {
  return allocations
    .filter(({ reverses_id }) => reverses_id === null)
    .reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
}
