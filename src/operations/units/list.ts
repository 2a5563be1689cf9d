import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { MAX_VALUE_FIELDS, MAX_VALUES_LENGTH } from '../../domain/custom-field/custom-field.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { listUnitTypes } from '../../domain/unit-type/unit-type-queries.ts';
import { createUnits } from '../../domain/unit/unit-actions.ts';
import { unitList } from '../../domain/unit/unit-list.ts';
import { MAX_CODES_LENGTH, newUnitsSchema, unitStatuses } from '../../domain/unit/unit.ts';
import { fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { longForm } from '../../http/input.ts';
import { unitBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { namedOptions } from '../list-controls.ts';
import { importLink, type Empty } from '../list-display.ts';
import { listScreen } from '../list-screen.ts';
import { unitColumns } from './columns.ts';

export const units = Router();

const addUnit = { text: 'Add unit', href: '/units/new', permission: 'sites.edit' } as const;

units.get(
  '/',
  may('rentals.view'),
  listScreen({
    title: 'Units',
    path: '/units',
    list: unitList,
    file: 'units',
    load: (db) => [listSites(db), listUnitTypes(db)],
    columns: unitColumns,
    actions: [importLink('units'), { ...addUnit, look: 'add' }],
    search: { placeholder: 'Beginning of the code', maxlength: 20 },
    filters: [
      { kind: 'many', name: 'site', label: 'Site', data: ([sites]) => namedOptions(sites) },
      { kind: 'many', name: 'unit_type', label: 'Unit type', data: ([, types]) => namedOptions(types) },
      {
        kind: 'many',
        name: 'status',
        label: 'Status',
        options: unitStatuses.map((value) => ({ value, label: unitBadges[value].text })),
      },
    ],
    count: { one: '{count} unit', other: '{count} units' },
    more: '{count}+ units',
    cut: '{total} among the first {most} matches. Refine your search to see others.',
    noMatch: { heading: 'No units match', icon: 'unit' },
    firstUse: (_context, [sites, types]) => ({
      heading: 'No units yet',
      icon: 'unit',
      ...firstStep(sites, types),
    }),
  }),
);

function firstStep(
  sites: readonly unknown[],
  types: readonly unknown[],
): Pick<Empty, 'text' | 'action' | 'second'> {
  if (sites.length === 0)
    return {
      text: 'First add a site, then a unit type with its price, then the units.',
      action: { text: 'Add site', href: '/sites/new', permission: 'sites.edit' },
    };
  if (types.length === 0)
    return {
      text: 'First add a unit type with its price, then the units.',
      action: { text: 'Add unit type', href: '/unit-types/new', permission: 'sites.edit' },
    };
  return {
    text: 'Add one unit, or many at once from a first to a last code.',
    action: addUnit,
    second: importLink('units'),
  };
}

/** The codes, and the values of custom fields. */
const unitForm = longForm(MAX_CODES_LENGTH + MAX_VALUES_LENGTH, MAX_VALUE_FIELDS);

units.get('/new', may('sites.edit'), (req, res) => showNew(req, res, emptyForm));

units.post('/', may('sites.edit'), unitForm, async (req, res) => {
  const { secretKeys } = req;
  const { currency } = req.tenant;
  const refused = await createOnce(
    req,
    res,
    'unit',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'unit'));
      const form = parseForm(newUnitsSchema({ currency, rules: custom.rules }), req.body, {
        others: formerInputs(req, res, custom),
      });
      return form.ok ? createUnits(db, req.actor, form.values, { currency, secretKeys, custom }) : form;
    },
    ({ units: [first, ...others], site }) => {
      const count = others.length + 1;
      flash(
        req,
        res,
        { one: 'Unit {code} was added.', other: '{count} units were added.' },
        { params: { count, code: first!.code } },
      );
      return others.length === 0 ? `/units/${first!.id}` : `/units?site=${site.id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [sites, types, fields] = await req.readTenant((db) => [
    listSites(db),
    listUnitTypes(db),
    listCustomFields(db, 'unit'),
  ]);
  const { site } = req.query;
  res.page('operations/units/new', {
    title: 'Add unit',
    form,
    currency: req.tenant.currency,
    chosen_site: typeof site === 'string' ? site : '',
    sites: sites.filter(({ status }) => status === 'active'),
    types,
    custom_fields: fieldInputs(req, staffForm(req, fields)),
  });
}
