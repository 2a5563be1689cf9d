import { Router, type Request, type Response } from 'express';
import type { Config } from '../../config.ts';
import { MAX_COUNT } from '../../database/paginate.ts';
import { createTenant, newTenantSchema } from '../../domain/tenant/create-tenant.ts';
import { countTenants, tenantList, withUserCounts } from '../../domain/tenant/tenant-list.ts';
import type { PortalDomains } from '../../domain/tenant/tenant.ts';
import { flash } from '../../http/flash.ts';
import { createOnceAsPlatform } from '../../http/form-key.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { operator } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { tenantBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { keepOwnerToken } from './show.ts';

export function tenants(config: PortalDomains & Pick<Config, 'production'>): Router {
  const routes = Router();

  routes.get('/', operator, showList);

  routes.get('/new', operator, (_req, res) => showNew(res, config, emptyForm));

  routes.post('/', operator, async (req, res) => {
    const form = parseForm(newTenantSchema, req.body);
    const refused = form.ok
      ? await createOnceAsPlatform(
          req,
          res,
          'tenant',
          (db) => createTenant(db, req.actor, form.values, { has_sandbox: !config.production }),
          ({ tenant, set_password_token: token }) => {
            const path = `/tenants/${tenant.id}`;
            if (token) keepOwnerToken(req, tenant.id, token);
            flash(req, res, '{name} was created.', { params: { name: tenant.name } });
            return path;
          },
        )
      : form;
    if (refused) showNew(res.status(422), config, withErrors(req.body, refused));
  });

  return routes;
}

async function showList(req: Request, res: Response): Promise<void> {
  const list = await readList(req, res, tenantList);
  if (!list) return;
  const { query } = list;
  const read = await req.asPlatform(async (db) => {
    const page = await list.page(await tenantList.rows(db, query, list.place));
    if (!page) return null;
    const { rows, ...links } = page;
    return { tenants: await withUserCounts(db, rows), links, count: await countTenants(db, query) };
  });
  if (!read) return;
  const { tenants, links, count } = read;
  res.page('platform/tenants/list', {
    title: 'Tenants',
    tenants: tenants.map((tenant) => ({ ...tenant, status_badge: tenantBadges[tenant.status] })),
    count,
    max_count: MAX_COUNT,
    q: query.q,
    status_filter: query.filters.status ?? '',
    is_filtered: list.isFiltered,
    sort: query.sort,
    sort_href: (sort: string) => list.href({ sort }),
    ...links,
  });
}

function showNew(res: Response, { operationsDomain, portalDomain }: PortalDomains, form: Form): void {
  const hosts = { operations: `north.${operationsDomain}`, portal: `north.${portalDomain}` };
  res.page('platform/tenants/new', { title: 'Create tenant', form, hosts });
}
