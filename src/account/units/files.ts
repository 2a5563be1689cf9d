import { Router, type Request } from 'express';
import { sendFile } from '../../documents/send-document.ts';
import { findCustomField } from '../../domain/custom-field/custom-field-queries.ts';
import { requireVisibleFile } from '../../domain/custom-field/field-file.ts';
import { findOwnRental } from '../../domain/rental/own-rentals.ts';
import { found } from '../../errors.ts';
import { ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';

export const unitFiles = Router({ mergeParams: true }).param('id', idParam).param('field_id', idParam);

type FileRequest = Request<{ id: string; field_id: string }>;

unitFiles.get('/:id/files/:field_id', may('units.view'), async (req: FileRequest, res) => {
  const { id, field_id } = req.params;
  const [rental, field] = await req.readTenant((db) => [
    findOwnRental(db, ownerOf(req), id),
    findCustomField(db, field_id),
  ]);
  const value = requireVisibleFile('rental', field, found(rental));
  await sendFile(res, req.fileStore, { tenantId: req.tenant.id, id: value.key }, value);
});
