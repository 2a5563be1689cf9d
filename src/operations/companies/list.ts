import { Router, type Request, type Response } from 'express';
import { MAX_COUNT, pageOf } from '../../database/paginate.ts';
import { createCompany, updateCompany } from '../../domain/company/company-actions.ts';
import {
  companyOrders,
  countCompanies,
  findCompany,
  listChildren,
  listCompanies,
  listProposedParents,
  MOST_FOUND,
} from '../../domain/company/company-queries.ts';
import { companyStatuses } from '../../domain/company/company.ts';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { listMembers, memberOrders } from '../../domain/membership/membership-queries.ts';
import { accessState, accessTone } from '../../domain/user/access-state.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/id-param.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';

type OfCompany = Request<{ id: string }>;

export const companies = Router().param('id', idParam);

companies.get('/', may('companies.view'), async (req, res) => {
  const list = readList(req, res, { orders: companyOrders, sort: 'name', filters: {} });
  if (!list) return;
  const { q, order } = list;
  const [rows, count] = await req.readTenant((db) => [
    listCompanies(db, q, order, list),
    countCompanies(db, q),
  ]);
  const page = pageOf(rows, order, list);
  res.page('operations/companies/list', {
    title: 'Companies',
    companies: page.rows.map((company) => ({ ...company, badge: companyStatuses[company.status] })),
    count,
    max_count: MAX_COUNT,
    // The search looks no further; with one or two letters everything is found.
    is_cut: q !== '' && count === MOST_FOUND,
    most_found: MOST_FOUND,
    q,
    sort: list.sort,
    sort_href: (sort: string) => list.href({ sort }),
    ...list.pager(page),
  });
});

companies.get('/new', may('companies.create'), (req, res) => showNew(req, res, emptyForm));

companies.post('/', may('companies.create'), async (req, res) => {
  const result = await req.inTenant((db) => createCompany(db, req.actor, req.body));
  if (!result.ok) return showNew(req, res.status(422), result.form);
  const { id, name, code } = result.company;
  flash(req, res, '{name} was created with the code {code}.', { params: { name, code } });
  await seeOther(req, res, `/customers/companies/${id}`);
});

companies.get('/:id', may('companies.view'), async (req: OfCompany, res) => {
  const list = readList(req, res, { orders: memberOrders, sort: 'name', filters: {} });
  if (!list) return;
  const { id } = req.params;
  const [row, children, rows] = await req.readTenant((db) => [
    findCompany(db, id),
    listChildren(db, id),
    listMembers(db, id, list.order, list),
  ]);
  const company = found(row);
  const page = pageOf(rows, list.order, list);
  res.page('operations/companies/show', {
    title: '{name}',
    title_params: { name: company.name },
    company,
    status_badge: companyStatuses[company.status],
    children,
    customers: page.rows.map((customer) => ({ ...customer, badge: accessBadge(customer) })),
    ...list.pager(page),
  });
});

companies.get('/:id/edit', may('companies.edit'), (req: OfCompany, res) => showEdit(req, res, emptyForm));

companies.post('/:id', may('companies.edit'), async (req: OfCompany, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => updateCompany(db, req.actor, id, req.body));
  if (!result.ok) return showEdit(req, res.status(422), result.form);
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, `/customers/companies/${id}`);
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [parents] = await req.readTenant((db) => [listProposedParents(db)]);
  res.page('operations/companies/new', { title: 'Create company', form, parents });
}

async function showEdit(req: OfCompany, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, parents] = await req.readTenant((db) => [findCompany(db, id), listProposedParents(db)]);
  const company = found(row);
  const is_stale = 'version' in form.errors;
  res.page('operations/companies/edit', {
    title: 'Edit {name}',
    title_params: { name: company.name },
    company,
    parents,
    form,
    is_stale,
    field_ids: { version: 'stored' },
    // After a refusal for age the form answers to what is stored now: sent again, it counts.
    version: is_stale ? company.version : (form.values['version'] ?? company.version),
  });
}

function accessBadge(person: Parameters<typeof accessState>[0]) {
  const text = accessState(person);
  return { text, tone: accessTone(text) };
}
