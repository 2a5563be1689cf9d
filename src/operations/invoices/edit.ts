import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { updateDraft } from '../../domain/invoice/draft-actions.ts';
import {
  draftSchema,
  FIELDS_PER_LINE,
  MAX_LINE_LENGTH,
  MAX_LINES,
  MAX_SHOWN_LINES,
  readLines,
} from '../../domain/invoice/invoice-form.ts';
import {
  findInvoice,
  findInvoiceCurrency,
  listLines,
  type Line,
} from '../../domain/invoice/invoice-queries.ts';
import { lineText } from '../../domain/invoice/line-text.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { translator } from '../../locales/translate.ts';
import { withErrors } from '../form-errors.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

type InvoiceRequest = Request<{ id: string }>;

const MORE_LINES = 2;

export const draft = Router().param('id', idParam);

draft.get('/:id/edit', may('invoices.issue'), (req: InvoiceRequest, res) => showEdit(req, res, emptyForm));

const linesOfDraft = longForm(MAX_SHOWN_LINES * MAX_LINE_LENGTH, MAX_SHOWN_LINES * FIELDS_PER_LINE);

draft.post('/:id', may('invoices.issue'), linesOfDraft, async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const { currency } = found(await findInvoiceCurrency(db, id));
    const stored = await listLines(db, id);
    const count = Math.max(MAX_LINES, stored.length + MORE_LINES);
    const rates = await listTaxRates(db, ratesOf(stored));
    const form = parseForm(draftSchema(currency, rates, count), req.body);
    if (!form.ok) return form;
    const read = readLines(form.values, count, stored);
    if (!read.ok) return read;
    const { due_on, po_number, version } = form.values;
    const values = { due_on, po_number, version, lines: read.lines };
    return updateDraft(db, req.actor, await getBilling(db), id, values);
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, `/invoices/${id}`);
});

function ratesOf(lines: readonly Line[]): string[] {
  return lines.flatMap(({ tax_rate_id }) => tax_rate_id ?? []);
}

async function showEdit(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, stored] = await req.readTenant((db) => [findInvoice(db, id), listLines(db, id)]);
  const invoice = found(row);
  if (invoice.status !== 'draft') return res.redirect(303, `/invoices/${id}`);
  const [rates] = await req.readTenant((db) => [listTaxRates(db, ratesOf(stored))]);
  res.page('operations/invoices/edit', {
    title: 'Edit draft',
    form,
    field_ids: { version: 'description_1' },
    id,
    due_on: invoice.due_on,
    po_number: invoice.po_number,
    currency: invoice.currency,
    version: versionToRender(form, invoice.version),
    tax_rates: taxRateOptions(rates),
    default_tax_rate: '',
    lines: Array.from({ length: stored.length + MORE_LINES }, (_, n) => ({
      number: n + 1,
      ...(stored[n] && shownLine(stored[n], invoice.currency)),
    })),
  });
}

function shownLine({ quantity_milli, unit_cents, tax_rate_id, ...line }: Line, currency: string) {
  return {
    description: lineText(translator('en'), line),
    quantity: String(Number(quantity_milli) / 1000),
    amount: toDecimal(unit_cents, currency),
    tax_rate_id,
  };
}
