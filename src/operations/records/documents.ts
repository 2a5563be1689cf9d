import { Router, type Request, type Response } from 'express';
import { sendFile } from '../../documents/send-document.ts';
import {
  deleteDocument,
  shownName,
  updateDocument,
  type DocumentRef,
} from '../../domain/document/document-actions.ts';
import { documentLists } from '../../domain/document/document-list.ts';
import { findDocument } from '../../domain/document/document-queries.ts';
import { changedDocumentSchema, MAX_DOCUMENT_MEGABYTES } from '../../domain/document/document.ts';
import { ACCEPTED_DOCUMENTS } from '../../domain/file/file-types.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, mayChange, namedRecord, type RecordRef } from '../../domain/record/record.ts';
import { found } from '../../errors.ts';
import { downloadOf } from '../../http/document-files.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { contextOf, shownList } from '../list-display.ts';
import { documentDisplay } from './document-columns.ts';
import { recordFor, recordLocals, recordPath, type RecordKind } from './record-pages.ts';

type DocumentsRequest = Request<{ id: string }>;
type DocumentRequest = Request<{ id: string; document_id: string }>;

/** The documents of users or of companies. */
export function documentRoutes(kind: RecordKind): Router {
  const documents = Router().param('id', idParam).param('document_id', idParam);
  const refOf = (req: DocumentRequest): DocumentRef => ({
    record: recordFor(req, kind),
    id: req.params.document_id,
  });
  const listPath = ({ record }: DocumentRef) => `${recordPath(record)}/documents`;

  documents.get('/:id/documents', may('documents.view'), (req: DocumentsRequest, res) =>
    showDocuments(req, res, recordFor(req, kind), emptyForm),
  );

  documents.get(
    '/:id/documents/:document_id/content',
    may('documents.view'),
    async (req: DocumentRequest, res) => {
      const { record, id } = refOf(req);
      const [row] = await req.readTenant((db) => [findDocument(db, record, id)]);
      const document = found(row);
      const key = { tenantId: req.tenant.id, id: document.file_id };
      await sendFile(res, req.fileStore, key, downloadOf(document));
    },
  );

  documents.get('/:id/documents/:document_id/edit', may('documents.edit'), (req: DocumentRequest, res) =>
    showEdit(req, res, refOf(req), emptyForm),
  );

  documents.post('/:id/documents/:document_id', may('documents.edit'), async (req: DocumentRequest, res) => {
    const ref = refOf(req);
    const form = parseForm(changedDocumentSchema, req.body);
    const result = await req.inTenant(async (db) =>
      form.ok ? updateDocument(db, req.actor, ref, form.values) : form,
    );
    if (!result.ok) return showEdit(req, res.status(422), ref, withErrors(req.body, result));
    if (result.hasChanged) flash(req as Request, res, 'The document was changed.');
    else flash(req as Request, res, 'There were no changes to save.', { kind: 'info' });
    await seeOther(req as Request, res, listPath(ref));
  });

  documents.get('/:id/documents/:document_id/deletion', may('documents.edit'), (req: DocumentRequest, res) =>
    showDeletion(req, res, refOf(req), emptyForm),
  );

  documents.post(
    '/:id/documents/:document_id/deletion',
    may('documents.edit'),
    async (req: DocumentRequest, res) => {
      const result = await req.inTenant((db) => deleteDocument(db, req.actor, refOf(req)));
      if (!result.ok) return showDeletion(req, res.status(422), refOf(req), withErrors({}, result));
      flash(req as Request, res, '{name} was deleted.', { params: { name: shownName(result.document) } });
      await seeOther(req as Request, res, listPath(refOf(req)));
    },
  );

  return documents;
}

export async function showDocuments(
  req: DocumentsRequest,
  res: Response,
  ref: RecordRef,
  form: Form,
): Promise<void> {
  const documents = documentLists[ref.type];
  const list = await readList(req as Request, res, documents, { record: ref.id });
  if (!list) return;
  const [row, counts, fetched] = await req.readTenant((db) => [
    findRecord(db, ref),
    countRecord(db, ref),
    documents.rows(db, list.query, list.place),
  ]);
  const record = namedRecord(ref, row);
  const page = await list.page(fetched);
  if (!page) return;
  const display = documentDisplay(req as Request, `${recordPath(ref)}/documents`, mayChange(record));
  res.page('operations/records/documents', {
    title: 'Documents of {name}',
    title_params: { name: record.name },
    form,
    ...recordLocals(req, record, counts),
    list: shownList(display, list, page, { context: contextOf(req as Request), loaded: null }),
    accept: ACCEPTED_DOCUMENTS,
    max_megabytes: MAX_DOCUMENT_MEGABYTES,
  });
}

async function readDocument(req: DocumentRequest, { record: ref, id }: DocumentRef) {
  const [row, document] = await req.readTenant((db) => [findRecord(db, ref), findDocument(db, ref, id)]);
  const path = `${recordPath(ref)}/documents`;
  const record = { ...recordLocals(req, namedRecord(ref, row)), path, id };
  return { document: found(document), record };
}

async function showDeletion(req: DocumentRequest, res: Response, ref: DocumentRef, form: Form) {
  const { document, record } = await readDocument(req, ref);
  res.page('operations/records/document-deletion', {
    title: 'Delete document',
    form,
    ...record,
    document_name: shownName(document),
    is_visible: document.is_visible_to_customer,
  });
}

async function showEdit(req: DocumentRequest, res: Response, ref: DocumentRef, form: Form): Promise<void> {
  const { document, record } = await readDocument(req, ref);
  res.page('operations/records/document-edit', {
    title: 'Edit document',
    form,
    ...record,
    field_ids: { ...record.field_ids, version: 'title' },
    file_name: document.name,
    current: { title: document.title, is_visible_to_customer: document.is_visible_to_customer },
    is_confidential: document.is_confidential,
    version: versionToRender(form, document.version),
  });
}
