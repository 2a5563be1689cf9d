import { Router, type Request, type Response } from 'express';
import { sendFile } from '../../documents/send-document.ts';
import { findDetails } from '../../domain/custom-field/change-details.ts';
import { findCustomField } from '../../domain/custom-field/custom-field-queries.ts';
import { fieldEntities, fieldEntityNames } from '../../domain/custom-field/custom-field.ts';
import { requireFile, requireFileField } from '../../domain/custom-field/field-file.ts';
import { Forbidden, found } from '../../errors.ts';
import { filePage } from '../../http/field-files.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { rowPath } from '../row-pages.ts';

export type FileRequest = Request<{ field_id: string; id: string }>;

/** The file of a custom field of a row. The permission is that of the row. */
export const file = Router().param('field_id', idParam).param('id', idParam);

file.get(
  '/:field_id/:id',
  may('users.edit', 'companies.edit', 'sites.edit', 'rentals.edit', 'invoices.issue'),
  (req: FileRequest, res) => showFile(req, res, emptyForm),
);

file.get(
  '/:field_id/:id/content',
  may('users.view', 'companies.view', 'rentals.view', 'invoices.view'),
  async (req: FileRequest, res) => {
    const value = requireFile(await readTarget(req, 'view'));
    await sendFile(res, req.fileStore, { tenantId: req.tenant.id, id: value.key }, value);
  },
);

export async function showFile(req: FileRequest, res: Response, form: Form): Promise<void> {
  const target = await readTarget(req, 'edit');
  const { field, row } = target;
  res.page('operations/files/show', {
    title: field.title,
    form,
    ...filePage(req as Request, target),
    row_name: row.name,
    path: `/files/${field.id}/${row.id}`,
    row_path: rowPath(field.entity, row.id),
    entity_label: fieldEntities[field.entity].label,
  });
}

async function readTarget(req: FileRequest, action: 'view' | 'edit') {
  const { field_id, id } = req.params;
  // The entity is known after the read only, and one round trip with seven reads by id is faster than two.
  const [stored, ...rows] = await req.readTenant((db) => [
    findCustomField(db, field_id),
    ...fieldEntityNames.map((entity) => findDetails(db, entity, id)),
  ]);
  const field = requireFileField(stored);
  const permission = fieldEntities[field.entity][action];
  if (!req.actor.permissions.has(permission)) throw new Forbidden(permission);
  const row = rows[fieldEntityNames.indexOf(field.entity)];
  return { field, row: found(row) };
}
