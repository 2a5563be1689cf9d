import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { deleteInvoice } from '../../domain/invoice/invoice-actions.ts';
import { reasonSchema } from '../../domain/invoice/invoice-form.ts';
import { findInvoice } from '../../domain/invoice/invoice-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

type InvoiceRequest = Request<{ id: string }>;

export const invoiceDeletion = Router().param('id', idParam);

invoiceDeletion.get('/:id/deletion', may('invoices.delete'), (req: InvoiceRequest, res) =>
  showDeletion(req, res, emptyForm),
);

invoiceDeletion.post('/:id/deletion', may('invoices.delete'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = await req.inTenant(async (db) =>
    form.ok ? deleteInvoice(db, req.actor, await getBilling(db), { id, ...form.values }) : form,
  );
  if (!result.ok) return showDeletion(req, res.status(422), withErrors(req.body, result));
  const { label } = result.invoice;
  if (label)
    flash(req, res, 'Invoice {label} was deleted. Its number is not used again.', { params: { label } });
  else flash(req, res, 'The draft was deleted.');
  await seeOther(req, res, label ? `/invoices/${id}` : '/invoices');
});

async function showDeletion(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findInvoice(db, id)]);
  const { label, total_cents, currency } = found(row);
  res.page('operations/invoices/deletion', {
    title: label ? 'Delete invoice {label}' : 'Delete draft',
    ...(label && { title_params: { label } }),
    form,
    id,
    label,
    total_cents,
    currency,
  });
}
