import { Router, type Request, type Response } from 'express';
import { MAX_COUNT, MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import { createCompany } from '../../domain/company/company-actions.ts';
import { companyList } from '../../domain/company/company-list.ts';
import { listParentSuggestions } from '../../domain/company/company-queries.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { newCompanySchema } from '../../domain/company/company.ts';
import { customForms, fieldInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { companyBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';

export const companies = Router();

companies.get('/', may('companies.view'), async (req, res) => {
  const list = await readList(req, res, companyList);
  if (!list) return;
  const { q, sort } = list.query;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    companyList.counted(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/companies/list', {
    title: 'Companies',
    companies: rows.map((company) => ({
      ...company,
      status_badge: companyBadges[company.status],
    })),
    count,
    max_count: MAX_COUNT,
    is_cut: q !== '' && count === MAX_SEARCH_RESULTS,
    max_found: MAX_SEARCH_RESULTS,
    q,
    sort,
    sort_href: (other: string) => list.href({ sort: other }),
    ...links,
  });
});

companies.get('/new', may('companies.create'), (req, res) => showNew(req, res, emptyForm));

companies.post('/', may('companies.create'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'company',
    async (db) => {
      const custom = staffForm(req, await listCustomFields(db, 'company'));
      const form = parseForm(newCompanySchema(custom), req.body);
      return form.ok ? createCompany(db, req.actor, form.values, custom) : form;
    },
    ({ company: { id, name, code } }) => {
      flash(req, res, '{name} was created with the code {code}.', { params: { name, code } });
      return `/customers/companies/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [parents, fields] = await req.readTenant((db) => [
    listParentSuggestions(db),
    listCustomFields(db, 'company'),
  ]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/companies/new', { title: 'Create company', form, parents, custom_fields });
}
