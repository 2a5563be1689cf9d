import { Router, type Request, type Response } from 'express';
import { sendFile } from '../../../documents/send-document.ts';
import { findCustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import { requireFileField, requireVisibleFile } from '../../../domain/custom-field/field-file.ts';
import { uploadableFields } from '../../../domain/custom-field/form-fields.ts';
import { findProfile } from '../../../domain/user/user-profile.ts';
import { found, NotFound } from '../../../errors.ts';
import { filePage } from '../../../http/field-files.ts';
import { emptyForm, type Form } from '../../../http/form.ts';
import { signedIn } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';

export type FileRequest = Request<{ field_id: string }>;

export const profileFile = Router().param('field_id', idParam);

profileFile.get('/:field_id', signedIn, (req: FileRequest, res) => showFile(req, res, emptyForm));

profileFile.get('/:field_id/content', signedIn, async (req: FileRequest, res) => {
  const { field, row } = await readTarget(req);
  const value = requireVisibleFile('user', field, row);
  await sendFile(res, req.fileStore, { tenantId: req.tenant.id, id: value.key }, value);
});

export async function showFile(req: FileRequest, res: Response, form: Form): Promise<void> {
  const target = await readTarget(req);
  if (uploadableFields([target.field], 'customer').length === 0)
    throw new NotFound('Customers do not upload it');
  res.page('account/profile/files/show', {
    title: target.field.title,
    form,
    ...filePage(req as Request, target),
    path: `/account/profile/files/${target.field.id}`,
    row_path: '/account/profile',
  });
}

async function readTarget(req: FileRequest) {
  const [stored, row] = await req.readTenant((db) => [
    findCustomField(db, req.params.field_id),
    findProfile(db, req.user!.id),
  ]);
  const field = requireFileField(stored);
  if (field.entity !== 'user') throw new NotFound('The field is of another entity');
  return { field, row: found(row) };
}
