import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { createUnitType } from '../../domain/unit-type/unit-type-actions.ts';
import { unitTypeList, type ListedUnitType } from '../../domain/unit-type/unit-type-list.ts';
import { newUnitTypeSchema, sizeText } from '../../domain/unit-type/unit-type.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { withErrors } from '../form-errors.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

export const unitTypes = Router();

const addUnitType = { text: 'Add unit type', href: '/unit-types/new', permission: 'sites.edit' } as const;

export const unitTypeColumns: readonly Column<ListedUnitType>[] = [
  {
    name: 'name',
    heading: 'Name',
    look: 'name',
    cell: ({ id, name }, { can }) => ({
      value: name,
      href: can('sites.edit') ? `/unit-types/${id}/edit` : null,
    }),
  },
  { name: 'size', heading: 'Size', look: 'nowrap', cell: (type) => ({ value: sizeText(type) }) },
  {
    name: 'price',
    heading: 'Price',
    kind: 'money',
    cell: ({ price_cents }, { currency }) => ({ value: price_cents, currency }),
  },
  {
    name: 'deposit',
    heading: 'Deposit',
    kind: 'money',
    cell: ({ deposit_cents }, { currency }) => ({
      value: deposit_cents > 0n ? deposit_cents : null,
      currency,
    }),
  },
  {
    name: 'units',
    heading: 'Units',
    is_heading_hidden: true,
    look: 'end',
    cell: ({ id, name }) => ({ label: 'Show units', href: `/units?unit_type=${id}`, about: name }),
    csv: () => [],
  },
];

unitTypes.get(
  '/',
  may('rentals.view'),
  listScreen({
    title: 'Unit types',
    path: '/unit-types',
    list: unitTypeList,
    file: 'unit-types',
    columns: unitTypeColumns,
    actions: [{ ...addUnitType, look: 'add' }],
    noMatch: { heading: 'No unit types match' },
    firstUse: {
      heading: 'Add your first unit type',
      icon: 'unit',
      text: 'A unit type is a size with its price and deposit. Every unit has one.',
      action: addUnitType,
    },
  }),
);

unitTypes.get('/new', may('sites.edit'), (req, res) => showNew(req, res, emptyForm));

unitTypes.post('/', may('sites.edit'), customForms, async (req, res) => {
  const { currency } = req.tenant;
  const refused = await createOnce(
    req,
    res,
    'unit_type',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'unit_type'));
      const form = parseForm(newUnitTypeSchema({ currency, rules: custom.rules }), req.body, {
        others: formerInputs(req, res, custom),
      });
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
