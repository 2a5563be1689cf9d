import { Router, type Request } from 'express';
import { sendFile } from '../../../documents/send-document.ts';
import { findCustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import { requireVisibleFile } from '../../../domain/custom-field/field-file.ts';
import { findOwnInvoice } from '../../../domain/invoice/own-invoices.ts';
import { found } from '../../../errors.ts';
import { ownerOf } from '../../../http/customer-context.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';

export const invoiceFiles = Router({ mergeParams: true }).param('id', idParam).param('field_id', idParam);

type FileRequest = Request<{ id: string; field_id: string }>;

invoiceFiles.get('/:id/files/:field_id', may('billing.view'), async (req: FileRequest, res) => {
  const { id, field_id } = req.params;
  const [invoice, field] = await req.readTenant((db) => [
    findOwnInvoice(db, ownerOf(req), id),
    findCustomField(db, field_id),
  ]);
  const value = requireVisibleFile('invoice', field, found(invoice));
  await sendFile(res, req.fileStore, { tenantId: req.tenant.id, id: value.key }, value);
});
