import { Router, type Request, type Response } from 'express';
import { documentBrand, findDocumentLogo } from '../../../documents/document-brand.ts';
import { invoiceDocument } from '../../../documents/invoice-document.ts';
import { sendInvoicePdf } from '../../../documents/send-document.ts';
import { findBilling } from '../../../domain/billing/billing-settings.ts';
import { addComment } from '../../../domain/invoice/invoice-actions.ts';
import { commentSchema } from '../../../domain/invoice/invoice-form.ts';
import {
  listAllocations,
  listComments,
  listCreditNotes,
  listLines,
} from '../../../domain/invoice/invoice-queries.ts';
import { isOverdue, openCents } from '../../../domain/invoice/invoice.ts';
import { findOwnInvoice, type OwnInvoiceDetail } from '../../../domain/invoice/own-invoices.ts';
import { displayName } from '../../../domain/user/user.ts';
import { listCustomFields } from '../../../domain/custom-field/custom-field-queries.ts';
import { found } from '../../../errors.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { fieldsForCustomer } from '../../../http/custom-fields.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { invoiceBadgesOf } from '../../badges.ts';
import { documentContext } from '../document-context.ts';

type InvoiceRequest = Request<{ id: string }>;

export const invoice = Router({ mergeParams: true }).param('id', idParam);

/** Before the page, whose id would match the file name too. */
invoice.get('/:id.pdf', may('billing.view'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const [row, lines, allocations, credit_notes, billing, logo] = await req.readTenant((db) => [
    findOwnInvoice(db, ownerOf(req), id),
    listLines(db, id),
    listAllocations(db, id),
    listCreditNotes(db, id),
    findBilling(db),
    findDocumentLogo(db, req.tenant),
  ]);
  const rows = { invoice: found(row), lines, allocations, credit_notes };
  await sendInvoicePdf(
    res,
    invoiceDocument(rows, documentContext(req, billing)),
    documentBrand(req.tenant, logo),
  );
});

invoice.get('/:id', may('billing.view'), (req: InvoiceRequest, res) => showInvoice(req, res, emptyForm));

invoice.post('/:id/comments', may('billing.view'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const form = parseForm(commentSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'customer_comment',
    async (db) => {
      found(await findOwnInvoice(db, ownerOf(req), id));
      return form.ok ? addComment(db, req.actor, { id, body: form.values.body }) : form;
    },
    () => {
      flash(req, res, 'Your comment was added.');
      return `${contextPath(req)}/billing/invoices/${id}#comments`;
    },
  );
  if (refused) await showInvoice(req, res.status(422), withErrors(req.body, refused));
});

async function showInvoice(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, fields, lines, allocations, credit_notes, comments, billing] = await req.readTenant((db) => [
    findOwnInvoice(db, ownerOf(req), id),
    listCustomFields(db, 'invoice'),
    listLines(db, id),
    listAllocations(db, id),
    listCreditNotes(db, id),
    listComments(db, id),
    findBilling(db),
  ]);
  const invoice = found(row);
  const { kind, label, status, due_on, credits_invoice_id, credits_label } = invoice;
  const is_overdue = isOverdue(invoice, billing);
  const base = contextPath(req);
  res.page('account/billing/invoices/show', {
    title: kind === 'invoice' ? 'Invoice {label}' : 'Credit note {label}',
    title_params: { label: label! },
    form,
    base,
    path: `${base}/billing/invoices/${id}`,
    custom_rows: fieldsForCustomer(req as Request, fields, invoice, {
      content: (fieldId) => `${base}/billing/invoices/${id}/files/${fieldId}`,
    }),
    invoice: { id, kind, status, due_on, is_overdue, credits_invoice_id, credits_label },
    pending_payment_id: invoice.pending_payment_id,
    is_unfinished: invoice.pending_status === 'requires_action',
    has_gateway: billing.gateway_id !== null,
    may_pay_now: billing.gateway_id !== null && isPayable(invoice),
    disputes: disputesOf(invoice),
    badges: invoiceBadgesOf({ ...invoice, is_overdue }),
    document: invoiceDocument({ invoice, lines, allocations, credit_notes }, documentContext(req, billing)),
    credit_notes,
    comments: comments.map(({ author_name, author_email, ...comment }) => ({
      ...comment,
      author: displayName({ name: author_name, email: author_email }),
    })),
  });
}

function isPayable(invoice: OwnInvoiceDetail): boolean {
  const { kind, status } = invoice;
  return kind === 'invoice' && (status === 'sent' || status === 'failed') && openCents(invoice) > 0n;
}

function disputesOf({ disputes, currency }: OwnInvoiceDetail) {
  return (disputes ?? []).map(({ amount_cents, ...dispute }) => ({
    ...dispute,
    amount_cents: BigInt(amount_cents),
    currency,
  }));
}
