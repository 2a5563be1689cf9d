import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../../domain/custom-field/form-fields.ts';
import { listUnitTypes } from '../../domain/unit-type/unit-type-queries.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { unseal } from '../../domain/token/seal.ts';
import { updateUnit } from '../../domain/unit/unit-actions.ts';
import { findUnit, type Unit } from '../../domain/unit/unit-queries.ts';
import { listUnitRentals } from '../../domain/unit/unit-rentals.ts';
import { changedUnitSchema } from '../../domain/unit/unit.ts';
import { found } from '../../errors.ts';
import {
  customForms,
  fieldInputs,
  formerInputs,
  missingTitles,
  shownFields,
  staffForm,
} from '../../http/custom-fields.ts';
import { consumeFlashData, flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { rentalBadges, unitBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';

type UnitRequest = Request<{ id: string }>;

export const unit = Router().param('id', idParam);

unit.get('/:id', may('rentals.view'), async (req: UnitRequest, res) => {
  const { id } = req.params;
  const [row, fields, rentals] = await req.readTenant((db) => [
    findUnit(db, id),
    listCustomFields(db, 'unit'),
    listUnitRentals(db, id),
  ]);
  const unit = found(row);
  const sealed = consumeFlashData(req, `/units/${id}`);
  res.page('operations/units/show', {
    title: '{code}',
    title_params: { code: unit.code },
    unit,
    custom_rows: shownFields(req as Request, fields, unit),
    missing_fields: missingTitles(fields, readCustom(unit)),
    size: sizeText(unit),
    status_badge: unitBadges[unit.status],
    currency: req.tenant.currency,
    access_code: (sealed && unseal(req.secretKeys, id, Buffer.from(sealed, 'base64url'))) ?? null,
    rentals: rentals.map((rental) => ({ ...rental, status_badge: rentalBadges[rental.status] })),
  });
});

unit.get('/:id/edit', may('sites.edit'), (req: UnitRequest, res) => showEdit(req, res, emptyForm));

unit.post('/:id', may('sites.edit'), customForms, async (req: UnitRequest, res) => {
  const { id } = req.params;
  const { secretKeys } = req;
  const { currency } = req.tenant;
  const result = await req.inTenant(async (db) => {
    const unit = found(await findUnit(db, id));
    const custom = staffForm(req as Request, await listAllCustomFields(db, 'unit'), readCustom(unit));
    const stored = { ...unitFields(unit, currency), ...formValues(custom) };
    const schema = changedUnitSchema({ currency, rules: custom.rules });
    const form = parseForm(schema, req.body, { stored, others: formerInputs(req as Request, res, custom) });
    return form.ok ? updateUnit(db, req.actor, id, form.values, { currency, secretKeys, custom }) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, `/units/${id}`);
});

async function showEdit(req: UnitRequest, res: Response, form: Form): Promise<void> {
  const { currency } = req.tenant;
  const [row, fields, types] = await req.readTenant((db) => [
    findUnit(db, req.params.id),
    listCustomFields(db, 'unit'),
    listUnitTypes(db),
  ]);
  const unit = found(row);
  res.page('operations/units/edit', {
    title: 'Edit {code}',
    title_params: { code: unit.code },
    unit,
    fields: unitFields(unit, currency),
    custom_fields: fieldInputs(req as Request, staffForm(req as Request, fields, readCustom(unit))),
    // A secret is not shown again after an error.
    form: { ...form, values: { ...form.values, access_code: '' } },
    currency,
    types,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, unit.version),
  });
}

/** The unit as the form that changes it has it. */
function unitFields({ code, unit_type_id, own_price_cents }: Unit, currency: string) {
  return {
    code,
    unit_type_id,
    price: own_price_cents === null ? '' : toDecimal(own_price_cents, currency),
  };
}
