import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../../domain/custom-field/form-fields.ts';
import { updateSite } from '../../domain/site/site-actions.ts';
import { findSite } from '../../domain/site/site-queries.ts';
import { changedSiteSchema } from '../../domain/site/site.ts';
import { siteUnitList } from '../../domain/unit/unit-list.ts';
import { found } from '../../errors.ts';
import {
  customForms,
  fieldInputs,
  formerInputs,
  missingTitles,
  shownFields,
  staffForm,
} from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { contextOf, shownList } from '../list-display.ts';
import { siteUnitColumns } from '../units/columns.ts';

type SiteRequest = Request<{ id: string }>;

export const site = Router().param('id', idParam);

site.get('/:id', may('rentals.view'), async (req: SiteRequest, res) => {
  const { id } = req.params;
  const list = await readList(req, res, siteUnitList, { site: id });
  if (!list) return;
  const [row, fields, fetched] = await req.readTenant((db) => [
    findSite(db, id),
    listCustomFields(db, 'site'),
    siteUnitList.rows(db, list.query, list.place),
  ]);
  const site = found(row);
  const page = await list.page(fetched);
  if (!page) return;
  res.page('operations/sites/show', {
    title: '{name}',
    title_params: { name: site.name },
    site,
    list: shownList(unitDisplay(id), list, page, { context: contextOf(req), loaded: null }),
    custom_rows: shownFields(req as Request, fields, site),
    missing_fields: missingTitles(fields, readCustom(site)),
  });
});

function unitDisplay(id: string) {
  return {
    title: 'Units',
    path: `/sites/${id}`,
    columns: siteUnitColumns,
    search: { placeholder: 'Beginning of the code', maxlength: 20 },
    noMatch: { heading: 'No units match', icon: 'unit' },
    firstUse: {
      heading: 'No units yet',
      icon: 'unit',
      text: 'Add one unit, or many at once from a first to a last code.',
    },
  };
}

site.get('/:id/edit', may('sites.edit'), (req: SiteRequest, res) => showEdit(req, res, emptyForm));

site.post('/:id', may('sites.edit'), customForms, async (req: SiteRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const site = found(await findSite(db, id));
    const custom = staffForm(req as Request, await listAllCustomFields(db, 'site'), readCustom(site));
    const { version: _, ...columns } = site;
    const stored = { ...columns, ...formValues(custom) };
    const form = parseForm(changedSiteSchema(custom), req.body, {
      stored,
      others: formerInputs(req as Request, res, custom),
    });
    return form.ok ? updateSite(db, req.actor, site, form.values, custom) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, `/sites/${id}`);
});

async function showEdit(req: SiteRequest, res: Response, form: Form): Promise<void> {
  const [row, fields] = await req.readTenant((db) => [
    findSite(db, req.params.id),
    listCustomFields(db, 'site'),
  ]);
  const site = found(row);
  res.page('operations/sites/edit', {
    title: 'Edit {name}',
    title_params: { name: site.name },
    site,
    custom_fields: fieldInputs(req as Request, staffForm(req as Request, fields, readCustom(site))),
    form,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, site.version),
  });
}
