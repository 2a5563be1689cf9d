import { Router, type Request, type Response } from 'express';
import { shownName } from '../../domain/document/document-actions.ts';
import { ownDocumentLists } from '../../domain/document/document-list.ts';
import { MAX_DOCUMENT_MEGABYTES } from '../../domain/document/document.ts';
import { ACCEPTED_DOCUMENTS, fileTypes } from '../../domain/file/file-types.ts';
import { recordOf } from '../../domain/record/record.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { sizeOf } from '../../http/field-files.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';

export const documents = Router({ mergeParams: true });

documents.get('/', may('documents.view', 'documents.send'), (req, res) => showDocuments(req, res, emptyForm));

export async function showDocuments(req: Request, res: Response, form: Form): Promise<void> {
  const { type, id } = recordOf(ownerOf(req));
  const documents = ownDocumentLists[type];
  const list = await readList(req, res, documents, { record: id });
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [documents.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('account/documents/list', {
    title: 'Documents',
    form,
    field_ids: { record: 'main' },
    base: `${contextPath(req)}/documents`,
    documents: rows.map((document) => ({
      id: document.id,
      document_name: shownName(document),
      size: sizeOf(req, document.byte_count),
      type_label: fileTypes[document.type].label,
      created_at: document.created_at,
    })),
    ...links,
    may_send: req.actor.permissions.has('documents.send'),
    accept: ACCEPTED_DOCUMENTS,
    max_megabytes: MAX_DOCUMENT_MEGABYTES,
  });
}
