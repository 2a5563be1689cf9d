import { Router, type Request } from 'express';
import { findFileField } from '../../../domain/custom-field/field-file.ts';
import { uploadableFields } from '../../../domain/custom-field/form-fields.ts';
import { findProfile } from '../../../domain/user/user-profile.ts';
import { found, NotFound } from '../../../errors.ts';
import { fileUpload, saveFile } from '../../../http/field-files.ts';
import { flash } from '../../../http/flash.ts';
import { withErrors } from '../../../http/form.ts';
import { signedIn } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';

import { showFile, type FileRequest } from './show.ts';

export const profileUploads = Router().param('field_id', idParam);

profileUploads.post('/:field_id', signedIn, ...fileUpload, async (req: FileRequest, res) => {
  const result = await saveFile(req as Request, async (db) => {
    const field = await findFileField(db, req.params.field_id);
    if (field.entity !== 'user' || uploadableFields([field], 'customer').length === 0)
      throw new NotFound('Customers do not upload it');
    return { field, row: found(await findProfile(db, req.user!.id).forUpdate()) };
  });
  if (!result.ok) return showFile(req, res.status(422), withErrors(req.body, result));
  if (result.name === null) flash(req, res, 'The file was removed.');
  else flash(req, res, '{name} was uploaded.', { params: { name: result.name } });
  await seeOther(req, res, '/account/profile');
});
