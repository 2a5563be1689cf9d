import { Router, type Request, type Response } from 'express';
import { sendCsv } from '../../documents/send-document.ts';
import { MAX_COUNT } from '../../database/paginate.ts';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { createInvoice } from '../../domain/invoice/draft-actions.ts';
import { invoiceSchema, readLines } from '../../domain/invoice/invoice-form.ts';
import { invoiceList, statusFilters } from '../../domain/invoice/invoice-list.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { isCsv, readList } from '../../http/read-list.ts';
import { currencyOptions, toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { customerParam, listedInvoice, yearOptions } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

const NEW_LINES = 3;

export const invoices = Router();

invoices.get('/', may('invoices.view'), async (req, res) => {
  const list = await readList(req, res, invoiceList);
  if (!list) return;
  if (isCsv(req)) return sendCsv(res, 'Invoices', csvHeadings, csvRows(req, list.query));
  const { q, filters } = list.query;
  const [{ rows: fetched, count }, billing] = await req.readTenant((db) => [
    invoiceList.counted(db, list.query, list.place),
    findBilling(db),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/invoices/list', {
    title: 'Invoices',
    invoices: rows.map(listedInvoice),
    count: Math.min(count, MAX_COUNT),
    has_more: count > MAX_COUNT,
    q,
    status_filter: filters.status ?? '',
    statuses: statusFilters,
    year_filter: filters.year ?? '',
    years: yearOptions(billing.today),
    customer_filter: filters.customer ?? '',
    is_filtered: list.isFiltered,
    without_customer: list.href({ customer: null }),
    csv_href: list.href({ format: 'csv' }),
    ...links,
  });
});

const csvHeadings = ['Number', 'Customer', 'Status', 'Issued', 'Due', 'Currency', 'Total', 'Open'];

async function* csvRows(req: Request, query: Parameters<typeof invoiceList.stream>[1]) {
  for await (const rows of invoiceList.stream(req.readTenant, query))
    yield rows.map(listedInvoice).map((invoice) => {
      const { kind, label, customer, badges, issued_on, due_on, currency, total_cents, open_cents } = invoice;
      const total = kind === 'credit_note' ? -total_cents : total_cents;
      return [
        label ?? '',
        customer.name,
        badges.map(({ text }) => text).join(', '),
        issued_on ?? '',
        due_on ?? '',
        currency,
        toDecimal(total, currency),
        toDecimal(open_cents, currency),
      ];
    });
}

invoices.get('/new', may('invoices.issue'), (req, res) => showNew(req, res, emptyForm));

invoices.post('/', may('invoices.issue'), async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'invoice',
    async (db) => {
      const billing = await getBilling(db);
      const rates = await listTaxRates(db);
      const schema = invoiceSchema(submittedText(req.body, 'currency'), rates, NEW_LINES);
      const form = parseForm(schema, req.body);
      if (!form.ok) return form;
      const read = readLines(form.values, NEW_LINES);
      if (!read.ok) return read;
      const { customer, currency, due_on, po_number, is_issued } = form.values;
      const values = { customer, currency, due_on, po_number, is_issued, lines: read.lines };
      return createInvoice(db, req.actor, billing, values);
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
  const [billing, rates] = await req.readTenant((db) => [findBilling(db), listTaxRates(db)]);
  res.page('operations/invoices/new', {
    title: 'Create invoice',
    form,
    customer: customerParam(req),
    currency: billing.currency,
    currencies: currencyOptions,
    tax_rates: taxRateOptions(rates),
    default_tax_rate: rates.find((rate) => rate.is_default)?.id ?? '',
    lines: Array.from({ length: NEW_LINES }, (_, n) => ({ number: n + 1 })),
  });
}
