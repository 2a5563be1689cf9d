import { Router, type Request, type Response } from 'express';
import {
  changeDetails,
  detailsSchema,
  findDetails,
  findDetailsForUpdate,
  type DetailEntity,
} from '../domain/custom-field/change-details.ts';
import { listAllCustomFields, listCustomFields } from '../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../domain/custom-field/form-fields.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { found } from '../errors.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../http/custom-fields.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../http/form.ts';
import { may } from '../http/guards.ts';
import { idParam } from '../http/input.ts';
import { seeOther } from '../http/see-other.ts';
import { withErrors } from './form-errors.ts';

interface DetailsPage {
  entity: DetailEntity;
  /** Of the list. */
  path: string;
  view: string;
  permission: StaffPermission;
}

/** The page that changes the custom fields of a row. */
export function customDetails({ entity, path, view, permission }: DetailsPage): Router {
  const details = Router().param('id', idParam);

  const show = async (req: Request<{ id: string }>, res: Response, form: Form): Promise<void> => {
    const [row, fields] = await req.readTenant((db) => [
      findDetails(db, entity, req.params.id),
      listCustomFields(db, entity),
    ]);
    const { id, name, version, custom } = found(row);
    const inputs = fieldInputs(req as Request, staffForm(req as Request, fields, readCustom({ custom })));
    res.page(view, {
      title: 'Edit details',
      form,
      id,
      row_name: name,
      inputs,
      is_stale: 'version' in form.errors,
      field_ids: { version: inputs[0]?.name ?? 'details', status: inputs[0]?.name ?? 'details' },
      version: versionToRender(form, version),
    });
  };

  details.get('/:id/details', may(permission), (req, res) => show(req, res, emptyForm));

  details.post('/:id/details', may(permission), customForms, async (req: Request<{ id: string }>, res) => {
    const { id } = req.params;
    const result = await req.inTenant(async (db) => {
      const row = await findDetailsForUpdate(db, entity, id);
      const custom = staffForm(req as Request, await listAllCustomFields(db, entity), readCustom(row));
      const form = parseForm(detailsSchema(custom), req.body, {
        stored: formValues(custom),
        others: formerInputs(req as Request, res, custom),
      });
      return form.ok ? changeDetails(db, req.actor, entity, row, form.values, custom) : form;
    });
    if (!result.ok) return show(req, res.status(422), withErrors(req.body, result));
    flash(req, res, 'Your changes were saved.');
    await seeOther(req, res, `${path}/${id}`);
  });
  return details;
}
