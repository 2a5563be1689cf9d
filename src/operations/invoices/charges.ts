import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createInvoice } from '../../domain/invoice/draft-actions.ts';
import { chargeSchema } from '../../domain/invoice/invoice-form.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { currencyOptions } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { customerParam } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

export const charges = Router();

charges.get('/new', may('invoices.issue'), (req, res) => showNew(req, res, emptyForm));

charges.post('/', may('invoices.issue'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'charge',
    async (db) => {
      const billing = await getBilling(db);
      const rates = await listTaxRates(db);
      const custom = staffForm(req, await listAllCustomFields(db, 'invoice'));
      const schema = chargeSchema(submittedText(req.body, 'currency'), rates, custom.rules);
      const form = parseForm(schema, req.body, { others: formerInputs(req, res, custom) });
      if (!form.ok) return form;
      const { customer, currency, description, amount, tax_rate_id: tax_rate } = form.values;
      const lines = [{ kind: 'item' as const, description, unit_cents: amount, tax_rate }];
      const values = { customer, currency, lines, due_on: null, po_number: null, is_issued: true };
      return createInvoice(db, req.actor, billing, values, { form: custom, values: form.values });
    },
    ({ invoice: { id, label } }) => {
      flash(req, res, 'Invoice {label} was issued.', { params: { label: label! } });
      return `/invoices/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, rates, fields] = await req.readTenant((db) => [
    findBilling(db),
    listTaxRates(db),
    listCustomFields(db, 'invoice'),
  ]);
  res.page('operations/invoices/charges/new', {
    title: 'Issue a Charge',
    form,
    customer: customerParam(req),
    currency: billing.currency,
    currencies: currencyOptions,
    tax_rates: taxRateOptions(rates),
    custom_fields: fieldInputs(req, staffForm(req, fields)),
    default_tax_rate: rates.find((rate) => rate.is_default)?.id ?? '',
  });
}
