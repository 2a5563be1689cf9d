import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { amount } from '../../domain/billing/amount-field.ts';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { findActiveGateway } from '../../domain/gateway/gateway-queries.ts';
import { findInvoice, findInvoiceCurrency } from '../../domain/invoice/invoice-queries.ts';
import { chargeableCents, chargeInvoice, findMethodOfInvoice } from '../../domain/payment/charge-invoice.ts';
import { chargePayment } from '../../domain/payment/charge-payment.ts';
import { closePagesBeforeCharge } from '../../domain/payment/open-payment-page.ts';
import { describeMethod, isExpired } from '../../domain/payment-method/payment-method.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';

type InvoiceRequest = Request<{ id: string }>;

export const invoiceCharge = Router().param('id', idParam);

invoiceCharge.get('/:id/charge', may('payments.charge'), (req: InvoiceRequest, res) =>
  showCharge(req, res, emptyForm),
);

invoiceCharge.post('/:id/charge', may('payments.charge'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const charge = () =>
    createOnce(
      req,
      res,
      'invoice_charge',
      async (db) => {
        const { currency } = found(await findInvoiceCurrency(db, id));
        const form = parseForm(z.object({ amount: amount(currency) }), req.body);
        if (!form.ok) return form;
        const values = { invoice_id: id, amount: form.values.amount };
        const started = await chargeInvoice(db, req.actor, await getBilling(db), values);
        if (started.ok)
          db.afterCommit(() => chargePayment(req.chargeDeps, req.tenant.id, started.payment_id));
        return started;
      },
      ({ payment_id }) => {
        flash(req, res, 'The payment was started. This page shows whether it succeeded.', { kind: 'info' });
        return `/payments/${payment_id}`;
      },
    );
  let refused = await charge();
  if (refused?.errors.some(({ code }) => code === 'payment_pending')) {
    await closePagesBeforeCharge(req.chargeDeps, req.tenant.id, [id]);
    refused = await charge();
  }
  if (refused) await showCharge(req, res.status(422), withErrors(req.body, refused));
});

async function showCharge(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, method, gateway, billing] = await req.readTenant((db) => [
    findInvoice(db, id),
    findMethodOfInvoice(db, id),
    findActiveGateway(db),
    findBilling(db),
  ]);
  const invoice = found(row);
  if (invoice.label === null || invoice.kind !== 'invoice') return res.redirect(303, `/invoices/${id}`);
  const amount = chargeableCents(invoice);
  const isUsable = method?.status === 'active' && method.gateway_id === gateway?.id;
  res.page('operations/invoices/charge', {
    title: 'Charge invoice {label}',
    title_params: { label: invoice.label },
    // The amount that was shown before counts only until it has changed.
    form: { ...form, values: {} },
    field_ids: { charge: 'charge' },
    id,
    label: invoice.label,
    amount_cents: amount,
    amount: toDecimal(amount, invoice.currency),
    currency: invoice.currency,
    is_chargeable: isUsable && amount > 0n && (invoice.status === 'sent' || invoice.status === 'failed'),
    is_pending: invoice.status === 'pending',
    has_gateway: gateway !== undefined,
    method: method ? describeMethod(method) : null,
    is_usable: isUsable,
    is_expired: method !== undefined && isExpired(method, billing),
  });
}
