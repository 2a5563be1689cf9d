import { Router, type Request, type Response } from 'express';
import {
  addLocation,
  archiveLocation,
  changeLocation,
  restoreLocation,
} from '../../domain/company-location/company-location-actions.ts';
import { locationList } from '../../domain/company-location/company-location-list.ts';
import { findLocation } from '../../domain/company-location/company-location-queries.ts';
import { changedLocationSchema, newLocationSchema } from '../../domain/company-location/company-location.ts';
import { findCompany, findCompanyForShare } from '../../domain/company/company-queries.ts';
import { statusRules } from '../../domain/company/company-status.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { recordTabs } from '../records/record-pages.ts';

type CompanyRequest = Request<{ id: string }>;
type LocationRequest = Request<{ id: string; location_id: string }>;

export const companyLocations = Router().param('id', idParam).param('location_id', idParam);

companyLocations.get('/:id/locations', may('companies.view'), (req: CompanyRequest, res) =>
  showList(req, res, emptyForm),
);

companyLocations.get('/:id/locations/new', may('companies.edit'), (req: CompanyRequest, res) =>
  showNew(req, res, emptyForm),
);

companyLocations.post('/:id/locations', may('companies.edit'), async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const form = parseForm(newLocationSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'company_location',
    async (db) => (form.ok ? addLocation(db, req.actor, id, form.values) : form),
    ({ location: { name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return pathOf(id);
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

companyLocations.get('/:id/locations/:location_id/edit', may('companies.edit'), (req: LocationRequest, res) =>
  showEdit(req, res, emptyForm),
);

companyLocations.post(
  '/:id/locations/:location_id',
  may('companies.edit'),
  async (req: LocationRequest, res) => {
    const { id, location_id } = req.params;
    const result = await req.inTenant(async (db) => {
      const company = found(await findCompanyForShare(db, id));
      const location = found(await findLocation(db, id, location_id));
      const form = parseForm(changedLocationSchema, req.body);
      return form.ok ? changeLocation(db, req.actor, company, location, form.values) : form;
    });
    if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
    flash(req, res, 'Your changes have been saved.');
    await seeOther(req, res, pathOf(id));
  },
);

for (const [path, action, message] of [
  ['archival', archiveLocation, '{name} was archived. Customers of the company see it no longer.'],
  ['restoration', restoreLocation, '{name} was restored.'],
] as const)
  companyLocations.post(
    `/:id/locations/:location_id/${path}`,
    may('companies.edit'),
    async (req: LocationRequest, res) => {
      const { id, location_id } = req.params;
      const result = await req.inTenant((db) => action(db, req.actor, id, location_id));
      if (!result.ok) return showList(req as CompanyRequest, res.status(422), withErrors(req.body, result));
      flash(req, res, message, { params: { name: result.location.name } });
      await seeOther(req, res, pathOf(id));
    },
  );

async function showList(req: CompanyRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const list = await readList(req, res, locationList, { company: id });
  if (!list) return;
  const record = { type: 'company', id } as const;
  const [row, counts, fetched] = await req.readTenant((db) => [
    findCompany(db, id),
    countRecord(db, record),
    locationList.rows(db, list.query, list.place),
  ]);
  const company = found(row);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows: locations, ...links } = page;
  res.page('operations/companies/locations', {
    title: 'Locations of {name}',
    title_params: { name: company.name },
    form,
    field_ids: { location: 'locations' },
    company,
    record_tabs: recordTabs(req, record, counts),
    may_change: statusRules[company.status].may_change,
    locations,
    ...links,
  });
}

async function showNew(req: CompanyRequest, res: Response, form: Form): Promise<void> {
  const [company] = await req.readTenant((db) => [findCompany(db, req.params.id)]);
  res.page('operations/companies/locations/new', {
    title: 'Add location',
    company: found(company),
    form,
  });
}

async function showEdit(req: LocationRequest, res: Response, form: Form): Promise<void> {
  const { id, location_id } = req.params;
  const [company, row] = await req.readTenant((db) => [
    findCompany(db, id),
    findLocation(db, id, location_id),
  ]);
  const location = found(row);
  res.page('operations/companies/locations/edit', {
    title: 'Edit {name}',
    title_params: { name: location.name },
    company: found(company),
    location,
    form,
    field_ids: { version: 'name' },
    version: versionToRender(form, location.version),
  });
}

function pathOf(companyId: string): string {
  return `/customers/companies/${companyId}/locations`;
}
