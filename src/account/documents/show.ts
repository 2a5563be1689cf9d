import { Router, type Request } from 'express';
import { sendFile } from '../../documents/send-document.ts';
import { findOwnDocument } from '../../domain/document/own-documents.ts';
import { found } from '../../errors.ts';
import { ownerOf } from '../../http/customer-context.ts';
import { downloadOf } from '../../http/document-files.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';

export const document = Router({ mergeParams: true }).param('id', idParam);

document.get('/:id', may('documents.view'), async (req: Request<{ id: string }>, res) => {
  const [row] = await req.readTenant((db) => [findOwnDocument(db, ownerOf(req as Request), req.params.id)]);
  const stored = found(row);
  const key = { tenantId: req.tenant.id, id: stored.file_id };
  await sendFile(res, req.fileStore, key, downloadOf(stored));
});
