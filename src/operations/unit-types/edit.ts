import { Router, type Request, type Response } from 'express';
import {
  listAllCustomFields,
  listCustomFields,
  type CustomField,
} from '../../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../../domain/custom-field/form-fields.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { updateUnitType } from '../../domain/unit-type/unit-type-actions.ts';
import { findUnitType, type UnitType } from '../../domain/unit-type/unit-type-queries.ts';
import { changedUnitTypeSchema, unitTypeFields } from '../../domain/unit-type/unit-type.ts';
import { found } from '../../errors.ts';
import { customForms, fieldInputs, formerInputs, shownFields, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

type TypeRequest = Request<{ id: string }>;

export const unitType = Router().param('id', idParam);

unitType.get('/:id/edit', may('sites.edit'), (req: TypeRequest, res) => showEdit(req, res, emptyForm));

unitType.post('/:id', may('sites.edit'), customForms, async (req: TypeRequest, res) => {
  const { currency } = req.tenant;
  const result = await req.inTenant(async (db) => {
    const type = found(await findUnitType(db, req.params.id));
    const custom = staffForm(req as Request, await listAllCustomFields(db, 'unit_type'), readCustom(type));
    const stored = { ...unitTypeFields(type, currency), ...formValues(custom) };
    const schema = changedUnitTypeSchema({ currency, rules: custom.rules });
    const form = parseForm(schema, req.body, { stored, others: formerInputs(req as Request, res, custom) });
    return form.ok ? updateUnitType(db, req.actor, type, form.values, { currency, custom }) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, '/unit-types');
});

async function showEdit(req: TypeRequest, res: Response, form: Form): Promise<void> {
  const { currency } = req.tenant;
  const [row, fields, rates] = await req.readTenant((db) => [
    findUnitType(db, req.params.id),
    listCustomFields(db, 'unit_type'),
    listTaxRates(db),
  ]);
  const type = found(row);
  const { tax_rate_id: id, tax_rate_name: name } = type;
  const retired = id && name && !rates.some((rate) => rate.id === id) ? { id, name } : undefined;
  res.page('operations/unit-types/edit', {
    title: 'Edit {name}',
    title_params: { name: type.name },
    id: type.id,
    type: unitTypeFields(type, currency),
    tax_rate_name: name,
    ...shownCustom(req as Request, fields, type),
    form,
    currency,
    rate_options: taxRateOptions(rates, retired),
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, type.version),
  });
}

/** The inputs, and what has no input: a unit type has no other page. */
function shownCustom(req: Request, fields: readonly CustomField[], type: UnitType) {
  const withoutInput = fields.filter(
    ({ type, is_read_only, is_secret }) => is_read_only || is_secret || type === 'file',
  );
  return {
    custom_fields: fieldInputs(req, staffForm(req, fields, readCustom(type))),
    custom_rows: shownFields(req, withoutInput, type),
  };
}
