import { Router, type Request, type Response } from 'express';
import { MAX_COUNT, pageOf, paginate } from '../../database/paginate.ts';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { createTenant } from '../../domain/tenant/tenant-actions.ts';
import {
  countTenants,
  listTenants,
  tenantOrders,
  tenantStatuses,
} from '../../domain/tenant/tenant-queries.ts';
import { flash } from '../../http/flash.ts';
import { operator } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { keepToken } from './first-link.ts';
import { domainsOf } from './tenant-domains.ts';

export const tenants = Router();

const isStatus = (status: string) => Object.hasOwn(tenantStatuses, status);

tenants.get('/', operator, async (req, res) => {
  const list = readList(req, res, { orders: tenantOrders, sort: '-created', filters: { status: isStatus } });
  if (!list) return;
  const search = { q: list.q, status: list.filters['status'] };
  const { rows, count } = await req.asPlatform(async (db) => ({
    rows: await paginate(listTenants(db, search), list.order, list),
    count: await countTenants(db, search),
  }));
  const page = pageOf(rows, list.order, list);
  res.page('platform/tenants/list', {
    title: 'Tenants',
    tenants: page.rows.map((tenant) => ({ ...tenant, badge: tenantStatuses[tenant.status] })),
    count,
    max_count: MAX_COUNT,
    q: list.q,
    status_filter: search.status ?? '',
    is_filtered: list.isFiltered,
    sort: list.sort,
    sort_href: (sort: string) => list.href({ sort }),
    ...list.pager(page),
  });
});

tenants.get('/new', operator, (req, res) => showNew(req, res, emptyForm));

tenants.post('/', operator, async (req, res) => {
  const result = await req.asPlatform((db) => createTenant(db, req.actor, req.body));
  if (!result.ok) return showNew(req, res.status(422), result.form);

  const { tenant, set_password_token } = result;
  if (set_password_token) keepToken(req, tenant.id, set_password_token);
  flash(req, res, '{name} was created.', { params: { name: tenant.name } });
  await seeOther(req, res, `/tenants/${tenant.id}`);
});

function showNew(req: Request, res: Response, form: Form): void {
  const { operationsDomain, portalDomain } = domainsOf(req);
  const hosts = { operations: `north.${operationsDomain}`, portal: `north.${portalDomain}` };
  res.page('platform/tenants/new', { title: 'Create tenant', form, hosts });
}
