import { Router } from 'express';
import { sentDocumentSchema } from '../../domain/document/document.ts';
import { sendDocument } from '../../domain/document/send-document.ts';
import { recordOf } from '../../domain/record/record.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { sentDocument } from '../../http/document-files.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { parseForm, withErrors } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { discardUpload, uploadOf } from '../../http/stored-uploads.ts';
import { showDocuments } from './list.ts';

export const documentUploads = Router({ mergeParams: true });

documentUploads.post('/', may('documents.send'), ...sentDocument, async (req, res) => {
  const upload = uploadOf(req);
  const form = parseForm(sentDocumentSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'customer_document',
    async (db) => (form.ok ? sendDocument(db, req.actor, recordOf(ownerOf(req)), upload) : form),
    ({ document: { name } }) => {
      flash(req, res, '{name} was sent.', { params: { name } });
      return `${contextPath(req)}/documents`;
    },
  );
  if (!refused) return;
  if (upload) await discardUpload(req, upload.id);
  await showDocuments(req, res.status(422), withErrors(req.body, refused));
});
