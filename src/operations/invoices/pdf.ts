import { Router, type Request } from 'express';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { documentBrand, findDocumentLogo } from '../../documents/document-brand.ts';
import { invoiceDocument } from '../../documents/invoice-document.ts';
import { sendInvoicePdf } from '../../documents/send-document.ts';
import {
  findInvoice,
  listAllocations,
  listCreditNotes,
  listLines,
} from '../../domain/invoice/invoice-queries.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';

export const invoicePdfs = Router().param('id', idParam);

/** In the language of the tenant, because staff send it to customers. */
invoicePdfs.get('/:id.pdf', may('invoices.view'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const { tenant } = req;
  const [row, lines, allocations, credit_notes, billing, logo] = await req.readTenant((db) => [
    findInvoice(db, id),
    listLines(db, id),
    listAllocations(db, id),
    listCreditNotes(db, id),
    findBilling(db),
    findDocumentLogo(db, tenant),
  ]);
  const rows = { invoice: found(row), lines, allocations, credit_notes };
  const document = invoiceDocument(rows, billing);
  await sendInvoicePdf(res, document, documentBrand(tenant, logo));
});
