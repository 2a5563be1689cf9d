import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { reasonSchema } from '../../domain/invoice/invoice-form.ts';
import { findInvoice } from '../../domain/invoice/invoice-queries.ts';
import { openCents } from '../../domain/invoice/invoice.ts';
import { writeOff } from '../../domain/invoice/write-off.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

type InvoiceRequest = Request<{ id: string }>;

export const invoiceWriteOff = Router().param('id', idParam);

invoiceWriteOff.get('/:id/write-off', may('invoices.write_off'), (req: InvoiceRequest, res) =>
  showWriteOff(req, res, emptyForm),
);

invoiceWriteOff.post('/:id/write-off', may('invoices.write_off'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = await req.inTenant(async (db) =>
    form.ok ? writeOff(db, req.actor, await getBilling(db), { id, ...form.values }) : form,
  );
  if (!result.ok) return showWriteOff(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Invoice {label} was written off.', { params: { label: result.invoice.label! } });
  await seeOther(req, res, `/invoices/${id}`);
});

async function showWriteOff(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findInvoice(db, id)]);
  const invoice = found(row);
  if (invoice.label === null) return res.redirect(303, `/invoices/${id}`);
  res.page('operations/invoices/write-off', {
    title: 'Write off invoice {label}',
    title_params: { label: invoice.label },
    form,
    id,
    label: invoice.label,
    open_cents: openCents(invoice),
    currency: invoice.currency,
  });
}
