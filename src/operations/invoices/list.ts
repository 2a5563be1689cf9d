import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createInvoice } from '../../domain/invoice/draft-actions.ts';
import { invoiceSchema, readLines } from '../../domain/invoice/invoice-form.ts';
import { invoiceList } from '../../domain/invoice/invoice-list.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { currencyOptions } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { listScreen } from '../list-screen.ts';
import { customerParam } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';
import { invoiceColumns, statusControl, yearChoices } from './columns.ts';

const NEW_LINES = 3;

export const invoices = Router();

invoices.get(
  '/',
  may('invoices.view'),
  listScreen({
    title: 'Invoices',
    path: '/invoices',
    list: invoiceList,
    file: 'invoices',
    load: (db) => [findBilling(db)],
    columns: invoiceColumns,
    actions: [
      { text: 'Record payment', href: '/payments/new', permission: 'payments.record' },
      { text: 'Create invoice', href: '/invoices/new', permission: 'invoices.issue', look: 'primary' },
    ],
    search: { placeholder: 'Number', maxlength: 60 },
    filters: [
      { kind: 'link', name: 'customer', label: 'One customer', has_chip: true },
      statusControl,
      {
        kind: 'one',
        name: 'kind',
        label: 'Kind',
        options: [
          { value: 'invoice', label: 'Invoice' },
          { value: 'credit_note', label: 'Credit note' },
        ],
      },
      { kind: 'one', name: 'year', label: 'Year', data: ([billing]) => yearChoices(billing) },
      { kind: 'range', name: 'due', label: 'Due' },
      { kind: 'range', name: 'created', label: 'Created' },
    ],
    count: { one: '{count} invoice', other: '{count} invoices' },
    more: '{count}+ invoices',
    cut: '{total} among the first {most} matches. Refine your search to see others.',
    noMatch: {
      heading: 'No invoices match',
      text: 'No invoice has these filters and a number that begins with the search.',
    },
    firstUse: {
      heading: 'No invoices yet',
      icon: 'receipt',
      text: 'Invoices of rentals come from billing. You can also create one by hand.',
      action: { text: 'Create the first invoice', href: '/invoices/new', permission: 'invoices.issue' },
    },
  }),
);

invoices.get('/new', may('invoices.issue'), (req, res) => showNew(req, res, emptyForm));

invoices.post('/', may('invoices.issue'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'invoice',
    async (db) => {
      const billing = await getBilling(db);
      const rates = await listTaxRates(db);
      const custom = staffForm(req, await listAllCustomFields(db, 'invoice'));
      const schema = invoiceSchema(submittedText(req.body, 'currency'), rates, NEW_LINES, custom.rules);
      const form = parseForm(schema, req.body, { others: formerInputs(req, res, custom) });
      if (!form.ok) return form;
      const read = readLines(form.values, NEW_LINES);
      if (!read.ok) return read;
      const { customer, currency, due_on, po_number, is_issued } = form.values;
      const values = { customer, currency, due_on, po_number, is_issued, lines: read.lines };
      return createInvoice(db, req.actor, billing, values, { form: custom, values: form.values });
    },
    ({ invoice: { id, label } }) => {
      if (label) flash(req, res, 'Invoice {label} was issued.', { params: { label } });
      else flash(req, res, 'The draft was saved. The customer does not see it before it is issued.');
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
  res.page('operations/invoices/new', {
    title: 'Create invoice',
    form,
    customer: customerParam(req),
    currency: billing.currency,
    currencies: currencyOptions,
    tax_rates: taxRateOptions(rates),
    custom_fields: fieldInputs(req, staffForm(req, fields)),
    default_tax_rate: rates.find((rate) => rate.is_default)?.id ?? '',
    lines: Array.from({ length: NEW_LINES }, (_, n) => ({ number: n + 1 })),
  });
}
