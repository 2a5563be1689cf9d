import { Router, type Request, type Response } from 'express';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { createUnitType } from '../../domain/unit-type/unit-type-actions.ts';
import { unitTypeList } from '../../domain/unit-type/unit-type-list.ts';
import { newUnitTypeSchema, sizeText } from '../../domain/unit-type/unit-type.ts';
import { customForms, fieldInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { withErrors } from '../form-errors.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

export const unitTypes = Router();

unitTypes.get('/', may('rentals.view'), async (req, res) => {
  const list = await readList(req, res, unitTypeList);
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [unitTypeList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/unit-types/list', {
    title: 'Unit types',
    types: rows.map((type) => ({ ...type, size: sizeText(type) })),
    currency: req.tenant.currency,
    ...links,
  });
});

unitTypes.get('/new', may('sites.edit'), (req, res) => showNew(req, res, emptyForm));

unitTypes.post('/', may('sites.edit'), customForms, async (req, res) => {
  const { currency } = req.tenant;
  const refused = await createOnce(
    req,
    res,
    'unit_type',
    async (db) => {
      const custom = staffForm(req, await listCustomFields(db, 'unit_type'));
      const form = parseForm(newUnitTypeSchema({ currency, rules: custom.rules }), req.body);
      return form.ok ? createUnitType(db, req.actor, form.values, { currency, custom }) : form;
    },
    ({ type: { name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return '/unit-types';
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [rates, fields] = await req.readTenant((db) => [listTaxRates(db), listCustomFields(db, 'unit_type')]);
  res.page('operations/unit-types/new', {
    title: 'Add unit type',
    form,
    currency: req.tenant.currency,
    default_rate_id: rates.find(({ is_default }) => is_default)?.id ?? '',
    rate_options: taxRateOptions(rates),
    custom_fields: fieldInputs(req, staffForm(req, fields)),
  });
}
