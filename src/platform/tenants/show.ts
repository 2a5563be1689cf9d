import { Router, type Request } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { resumeTenant, suspendTenant } from '../../domain/tenant/tenant-actions.ts';
import { setPasswordUrl, tenantAddresses } from '../../domain/tenant/tenant-addresses.ts';
import { findTenant, tenantStatuses } from '../../domain/tenant/tenant-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { operator } from '../../http/guards.ts';
import { idParam } from '../../http/id-param.ts';
import { locales, knownLocale } from '../../locales/locales.ts';
import { seeOther } from '../../http/see-other.ts';
import { takeToken } from './first-link.ts';
import { domainsOf } from './tenant-domains.ts';

type OfTenant = Request<{ id: string }>;

/** One tenant: where it lives, how large it is, and closing it. */
export const tenant = Router().param('id', idParam);

tenant.get('/:id', operator, async (req: OfTenant, res) => {
  const details = await readTenantDetails(req);
  const token = takeToken(req, details.id);
  res.page('platform/tenants/show', {
    title: '{name}',
    title_params: { name: details.name },
    details,
    badge: tenantStatuses[details.status],
    language: locales[knownLocale(details.locale)],
    max_count: MAX_COUNT,
    set_password_url: token ? setPasswordUrl(details, token, domainsOf(req)) : null,
    ...tenantAddresses(details, domainsOf(req)),
  });
});

tenant.get('/:id/suspension', operator, async (req: OfTenant, res) => {
  const { id, name } = await readTenantDetails(req);
  res.page('platform/tenants/suspension', { title: 'Suspend {name}', title_params: { name }, id, name });
});

tenant.post('/:id/suspension', operator, async (req: OfTenant, res) => {
  await req.asPlatform((db) => suspendTenant(db, req.actor, req.params.id));
  flash(req, res, 'The tenant is suspended: its portals are closed, and everybody is logged out.');
  await seeOther(req, res, `/tenants/${req.params.id}`);
});

tenant.post('/:id/resumption', operator, async (req: OfTenant, res) => {
  await req.asPlatform((db) => resumeTenant(db, req.actor, req.params.id));
  flash(req, res, 'The tenant is active again. Its people can log in.');
  await seeOther(req, res, `/tenants/${req.params.id}`);
});

async function readTenantDetails(req: OfTenant) {
  return found(await req.asPlatform((db) => findTenant(db, req.params.id)));
}
