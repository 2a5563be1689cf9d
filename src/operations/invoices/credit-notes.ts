import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { restOf } from '../../domain/billing/tax.ts';
import { creditedParts, creditNoteSchema, MAX_SHOWN_LINES } from '../../domain/invoice/invoice-form.ts';
import { findInvoice, findInvoiceCurrency, listLines } from '../../domain/invoice/invoice-queries.ts';
import { openCents } from '../../domain/invoice/invoice.ts';
import { creditAndRefund, sendAfterCommit } from '../../domain/payment/refund-actions.ts';
import { Forbidden, found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedNames, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { withErrors } from '../form-errors.ts';

type InvoiceRequest = Request<{ id: string }>;

export const creditNotes = Router().param('id', idParam);

creditNotes.get('/:id/credit-notes/new', may('invoices.credit'), (req: InvoiceRequest, res) =>
  showNew(req, res, emptyForm),
);

const partsOfLines = longForm(MAX_SHOWN_LINES * 20, MAX_SHOWN_LINES);

creditNotes.post(
  '/:id/credit-notes',
  may('invoices.credit'),
  partsOfLines,
  async (req: InvoiceRequest, res) => {
    const { id } = req.params;
    const refused = await createOnce(
      req,
      res,
      'credit_note',
      async (db) => {
        const { currency } = found(await findInvoiceCurrency(db, id));
        const form = parseForm(creditNoteSchema(currency, submittedNames(req.body)), req.body);
        if (!form.ok) return form;
        const parts = creditedParts(form.values);
        const refund_cents = form.values.refund_amount ?? 0n;
        if (refund_cents > 0n && !req.actor.permissions.has('payments.refund'))
          throw new Forbidden('payments.refund');
        const values = { invoice_id: id, parts, reason: form.values.reason, refund_cents };
        const credited = await creditAndRefund(db, req.actor, await getBilling(db), values);
        if (credited.ok) sendAfterCommit(db, req.chargeDeps, req.tenant.id, credited.refund_ids);
        return credited;
      },
      ({ credit_note: { id: noteId, label }, refund_ids }) => {
        const text =
          refund_ids.length > 0
            ? 'Credit note {label} was issued, and its refund was requested.'
            : 'Credit note {label} was issued.';
        flash(req, res, text, { params: { label } });
        return `/invoices/${noteId}`;
      },
    );
    if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
  },
);

async function showNew(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, lines] = await req.readTenant((db) => [findInvoice(db, id), listLines(db, id)]);
  const invoice = found(row);
  if (invoice.label === null || invoice.kind !== 'invoice') return res.redirect(303, `/invoices/${id}`);
  res.page('operations/invoices/credit-notes/new', {
    title: 'Credit note for {label}',
    title_params: { label: invoice.label },
    form,
    id,
    label: invoice.label,
    currency: invoice.currency,
    open_cents: openCents(invoice),
    written_off_cents: invoice.written_off_cents,
    rest_cents: invoice.total_cents - invoice.credit_noted_cents,
    is_pending: invoice.status === 'pending',
    lines: lines.map((line) => {
      const { net_cents, tax_cents } = restOf(line);
      const { position, description, description_params } = line;
      return { position, description, description_params, rest_cents: net_cents + tax_cents };
    }),
  });
}
