import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { MAX_VALUE_FIELDS, MAX_VALUES_LENGTH } from '../../domain/custom-field/custom-field.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { listUnitTypes } from '../../domain/unit-type/unit-type-queries.ts';
import { createUnits } from '../../domain/unit/unit-actions.ts';
import { unitList } from '../../domain/unit/unit-list.ts';
import { MAX_CODES_LENGTH, newUnitsSchema, unitStatuses } from '../../domain/unit/unit.ts';
import { fieldInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { longForm } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { unitBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { unitRows } from './unit-rows.ts';

export const units = Router();

units.get('/', may('rentals.view'), async (req, res) => {
  const list = await readList(req, res, unitList);
  if (!list) return;
  const { q, sort, filters } = list.query;
  const [{ rows: fetched, count }, sites, types] = await req.readTenant((db) => [
    unitList.counted(db, list.query, list.place),
    listSites(db),
    listUnitTypes(db),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/units/list', {
    title: 'Units',
    units: unitRows(rows),
    currency: req.tenant.currency,
    count,
    max_count: MAX_COUNT,
    q,
    sort,
    sort_href: (other: string) => list.href({ sort: other }),
    site_filter: filters.site ?? '',
    type_filter: filters.unit_type ?? '',
    status_filter: filters.status ?? [],
    sites,
    types,
    statuses: unitStatuses.map((value) => ({ value, label: unitBadges[value].text })),
    is_filtered: list.isFiltered,
    ...links,
  });
});

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
      const custom = staffForm(req, await listCustomFields(db, 'unit'));
      const form = parseForm(newUnitsSchema({ currency, rules: custom.rules }), req.body);
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
