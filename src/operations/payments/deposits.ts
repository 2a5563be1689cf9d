import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { recordPayment } from '../../domain/payment/payment-actions.ts';
import { depositSchema } from '../../domain/payment/payment.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { currencyOptions } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { channelOptions, customerParam } from '../money-views.ts';

export const deposits = Router();

deposits.get('/new', may('payments.record'), (req, res) => showNew(req, res, emptyForm));

deposits.post('/', may('payments.record'), async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'deposit',
    async (db) => {
      const form = parseForm(depositSchema(submittedText(req.body, 'currency')), req.body);
      if (!form.ok) return form;
      const values = { ...form.values, chosen: [], is_deposit: true };
      return recordPayment(db, req.actor, await getBilling(db), values);
    },
    ({ payment: { id } }) => {
      flash(req, res, 'The deposit was recorded as credit of the customer.');
      return `/payments/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing] = await req.readTenant((db) => [findBilling(db)]);
  res.page('operations/payments/deposits/new', {
    title: 'Deposit',
    form,
    customer: customerParam(req),
    currency: billing.currency,
    currencies: currencyOptions,
    channels: channelOptions(),
    today: billing.today,
  });
}
