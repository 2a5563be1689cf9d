import { Router, type Request } from 'express';
import { findDetailsForUpdate } from '../../domain/custom-field/change-details.ts';
import { fieldEntities } from '../../domain/custom-field/custom-field.ts';
import { findFileField } from '../../domain/custom-field/field-file.ts';
import { Forbidden } from '../../errors.ts';
import { fileUpload, saveFile } from '../../http/field-files.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { rowPath } from '../row-pages.ts';
import { showFile, type FileRequest } from './show.ts';

export const fileUploads = Router().param('field_id', idParam).param('id', idParam);

fileUploads.post(
  '/:field_id/:id',
  may('users.edit', 'companies.edit', 'sites.edit', 'rentals.edit', 'invoices.issue'),
  ...fileUpload,
  async (req: FileRequest, res) => {
    const { field_id, id } = req.params;
    let path = '';
    const result = await saveFile(req as Request, async (db) => {
      const field = await findFileField(db, field_id);
      const { edit } = fieldEntities[field.entity];
      if (!req.actor.permissions.has(edit)) throw new Forbidden(edit);
      path = rowPath(field.entity, id);
      return { field, row: await findDetailsForUpdate(db, field.entity, id) };
    });
    if (!result.ok) return showFile(req, res.status(422), withErrors(req.body, result));
    if (result.name === null) flash(req, res, 'The file was removed.');
    else flash(req, res, '{name} was uploaded.', { params: { name: result.name } });
    await seeOther(req, res, path);
  },
);
