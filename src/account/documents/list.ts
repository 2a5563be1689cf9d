import { Router, type Request, type Response } from 'express';
import { shownName } from '../../domain/document/document-actions.ts';
import { listOwnDocuments } from '../../domain/document/own-documents.ts';
import { MAX_DOCUMENT_MEGABYTES } from '../../domain/document/document.ts';
import { ACCEPTED_DOCUMENTS, fileTypes } from '../../domain/file/file-types.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { sizeOf } from '../../http/field-files.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';

export const documents = Router({ mergeParams: true });

documents.get('/', may('documents.view', 'documents.send'), (req, res) => showDocuments(req, res, emptyForm));

export async function showDocuments(req: Request, res: Response, form: Form): Promise<void> {
  const [rows] = await req.readTenant((db) => [listOwnDocuments(db, ownerOf(req))]);
  res.page('account/documents/list', {
    title: 'Documents',
    form,
    field_ids: { record: 'main' },
    base: `${contextPath(req)}/documents`,
    documents: rows.map((document) => ({
      id: document.id,
      // A title is the work of staff. A confidential document shows what the customer knows.
      document_name: document.is_confidential ? document.name : shownName(document),
      is_confidential: document.is_confidential,
      size: sizeOf(req, document.byte_count),
      type_label: fileTypes[document.type].label,
      created_at: document.created_at,
    })),
    may_send: req.actor.permissions.has('documents.send'),
    accept: ACCEPTED_DOCUMENTS,
    max_megabytes: MAX_DOCUMENT_MEGABYTES,
  });
}
