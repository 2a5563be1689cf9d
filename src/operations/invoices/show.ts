import { Router, type Request, type Response } from 'express';
import { invoiceDocument } from '../../documents/invoice-document.ts';
import type { DocumentContext } from '../../documents/letterhead.ts';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { readCustom } from '../../domain/custom-field/form-fields.ts';
import { issueDraft } from '../../domain/invoice/draft-actions.ts';
import { addComment, applyCredit } from '../../domain/invoice/invoice-actions.ts';
import { commentSchema, issueSchema } from '../../domain/invoice/invoice-form.ts';
import {
  findInvoice,
  listAllocations,
  listComments,
  listCreditNotes,
  listLines,
} from '../../domain/invoice/invoice-queries.ts';
import { isOverdue, openCents } from '../../domain/invoice/invoice.ts';
import { listShortPaymentsOf } from '../../domain/short-payment/short-payment-list.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { missingTitles, shownFields } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { localeOf } from '../../http/render-page.ts';
import { seeOther } from '../../http/see-other.ts';
import { badgesOfInvoice, channelLabels } from '../money-badges.ts';
import { disputeRow } from '../disputes/show.ts';
import { withErrors } from '../form-errors.ts';
import { customerLink } from '../money-views.ts';

type InvoiceRequest = Request<{ id: string }>;

export const invoice = Router().param('id', idParam);

invoice.get('/:id', may('invoices.view'), (req: InvoiceRequest, res) => showInvoice(req, res, emptyForm));

invoice.post('/:id/issue', may('invoices.issue'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const form = parseForm(issueSchema, req.body);
  const result = await req.inTenant(async (db) =>
    form.ok ? issueDraft(db, req.actor, await getBilling(db), { id, ...form.values }) : form,
  );
  if (!result.ok) return showInvoice(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Invoice {label} was issued.', { params: { label: result.invoice.label! } });
  await seeOther(req, res, `/invoices/${id}`);
});

invoice.post('/:id/credit', may('payments.record'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => applyCredit(db, req.actor, await getBilling(db), id));
  if (!result.ok) return showInvoice(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The credit was applied to invoice {label}.', {
    params: { label: result.invoice.label! },
  });
  await seeOther(req, res, `/invoices/${id}`);
});

invoice.post('/:id/comments', may('invoices.view'), async (req: InvoiceRequest, res) => {
  const { id } = req.params;
  const form = parseForm(commentSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'invoice_comment',
    async (db) => (form.ok ? addComment(db, req.actor, { id, body: form.values.body }) : form),
    () => {
      flash(req, res, 'Your comment was added.');
      return `/invoices/${id}#comments`;
    },
  );
  if (refused) await showInvoice(req, res.status(422), withErrors(req.body, refused));
});

async function showInvoice(req: InvoiceRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, fields, lines, allocations, credit_notes, comments, disputes, billing] = await req.readTenant(
    (db) => [
      findInvoice(db, id),
      listCustomFields(db, 'invoice'),
      listLines(db, id),
      listAllocations(db, id),
      listCreditNotes(db, id),
      listComments(db, id),
      listShortPaymentsOf(db, id),
      findBilling(db),
    ],
  );
  const invoice = found(row);
  const is_overdue = isOverdue(invoice, billing);
  res.page('operations/invoices/show', {
    title: titleOf(invoice),
    ...(invoice.label && { title_params: { label: invoice.label } }),
    form,
    field_ids: { version: 'actions', credit: 'actions' },
    invoice,
    custom_rows: shownFields(req as Request, fields, invoice),
    missing_fields: missingTitles(fields, readCustom(invoice)),
    customer: customerLink(invoice),
    customer_key: invoice.company_code ?? invoice.user_email ?? invoice.user_id,
    badges: badgesOfInvoice({ ...invoice, is_overdue }),
    open_cents: openCents(invoice),
    document: invoiceDocument({ invoice, lines, allocations, credit_notes }, pageContext(req, billing)),
    allocations: allocations.map((each) => ({
      ...each,
      channel: each.channel && channelLabels[each.channel],
    })),
    credit_notes,
    disputes: disputes.map(disputeRow),
    comments: comments.map(({ author_name, author_email, ...comment }) => ({
      ...comment,
      author: displayName({ name: author_name, email: author_email }),
    })),
  });
}

/** The page is in the language of the user; the file is in that of the tenant. */
function pageContext(req: InvoiceRequest, { seller, time_zone }: Billing): DocumentContext {
  return { locale: localeOf(req as Request), time_zone: req.user!.time_zone ?? time_zone, seller };
}

function titleOf({ kind, label }: { kind: string; label: string | null }): string {
  if (label === null) return 'Draft invoice';
  return kind === 'invoice' ? 'Invoice {label}' : 'Credit note {label}';
}
