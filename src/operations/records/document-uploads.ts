import { Router, type Request } from 'express';
import { addDocument, shownName } from '../../domain/document/document-actions.ts';
import { newDocumentSchema } from '../../domain/document/document.ts';
import { documentUpload } from '../../http/document-files.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { parseForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { discardUpload, uploadOf } from '../../http/stored-uploads.ts';
import { withErrors } from '../form-errors.ts';
import { showDocuments } from './documents.ts';
import { recordFor, recordPath, type RecordKind } from './record-pages.ts';

/** Documents that staff add to users or to companies. */
export function documentUploadRoutes(kind: RecordKind): Router {
  const uploads = Router().param('id', idParam);

  uploads.post(
    '/:id/documents',
    may('documents.edit'),
    ...documentUpload,
    async (req: Request<{ id: string }>, res) => {
      const ref = recordFor(req, kind);
      const upload = uploadOf(req as Request);
      const form = parseForm(newDocumentSchema, req.body);
      const refused = await createOnce(
        req as Request,
        res,
        'document',
        async (db) => {
          if (!form.ok) return form;
          return addDocument(db, req.actor, ref, { ...form.values, is_confidential: false }, upload);
        },
        ({ document }) => {
          flash(req as Request, res, '{name} was uploaded.', { params: { name: shownName(document) } });
          return `${recordPath(ref)}/documents`;
        },
      );
      if (!refused) return;
      if (upload) await discardUpload(req as Request, upload.id);
      await showDocuments(req, res.status(422), ref, withErrors(req.body, refused));
    },
  );

  return uploads;
}
