import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { issueCredit } from '../../domain/invoice/credit-note.ts';
import { chargeSchema } from '../../domain/invoice/invoice-form.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { currencyOptions } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { customerParam } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

export const credits = Router();

credits.get('/new', may('invoices.credit'), (req, res) => showNew(req, res, emptyForm));

credits.post('/', may('invoices.credit'), async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'credit',
    async (db) => {
      const billing = await getBilling(db);
      const rates = await listTaxRates(db);
      const form = parseForm(chargeSchema(submittedText(req.body, 'currency'), rates), req.body);
      if (!form.ok) return form;
      const { tax_rate_id: tax_rate, ...values } = form.values;
      return issueCredit(db, req.actor, billing, { ...values, tax_rate });
    },
    ({ credit_note: { id, label } }) => {
      flash(req, res, 'Credit note {label} was issued.', { params: { label } });
      return `/invoices/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, rates] = await req.readTenant((db) => [findBilling(db), listTaxRates(db)]);
  res.page('operations/invoices/credits/new', {
    title: 'Issue a Credit',
    form,
    customer: customerParam(req),
    currency: billing.currency,
    currencies: currencyOptions,
    tax_rates: taxRateOptions(rates),
  });
}
