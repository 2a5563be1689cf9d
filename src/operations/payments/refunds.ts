import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { amount } from '../../domain/billing/amount-field.ts';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { findPayment } from '../../domain/payment/payment-queries.ts';
import { refundableCents } from '../../domain/payment/payment.ts';
import { refundPayment, sendAfterCommit } from '../../domain/payment/refund-actions.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { methodOf } from './show.ts';

type PaymentRequest = Request<{ id: string }>;

export const paymentRefunds = Router().param('id', idParam);

paymentRefunds.get('/:id/refunds/new', may('payments.refund'), (req: PaymentRequest, res) =>
  showNew(req, res, emptyForm),
);

paymentRefunds.post('/:id/refunds', may('payments.refund'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const refused = await createOnce(
    req,
    res,
    'payment_refund',
    async (db) => {
      const { currency } = found(await findPayment(db, id));
      const form = parseForm(z.object({ amount: amount(currency) }), req.body);
      if (!form.ok) return form;
      const values = { id, amount: form.values.amount };
      const requested = await refundPayment(db, req.actor, await getBilling(db), values);
      if (requested.ok) sendAfterCommit(db, req.chargeDeps, req.tenant.id, requested.payment_ids);
      return requested;
    },
    () => {
      flash(req, res, 'The refund was requested. It is listed below with its state.');
      return `/payments/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: PaymentRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findPayment(db, req.params.id)]);
  const payment = found(row);
  const rest_cents = refundableCents(payment, payment);
  res.page('operations/payments/refunds/new', {
    title: 'Refund',
    form,
    id: payment.id,
    currency: payment.currency,
    amount_cents: payment.amount_cents,
    rest_cents,
    rest: toDecimal(rest_cents, payment.currency),
    method: methodOf(payment),
  });
}
