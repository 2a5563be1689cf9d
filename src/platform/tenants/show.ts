import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { issueOwnerLink } from '../../domain/tenant/owner-link.ts';
import { resumeTenant, suspendTenant } from '../../domain/tenant/tenant-actions.ts';
import { findTenant } from '../../domain/tenant/tenant-queries.ts';
import { setPasswordUrl, tenantUrls, type PortalDomains } from '../../domain/tenant/tenant.ts';
import { found } from '../../errors.ts';
import { consumeFlashData, flash, setFlashData } from '../../http/flash.ts';
import { operator } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { locales, supportedLocale } from '../../locales/locales.ts';
import { unseal, seal } from '../../domain/token/seal.ts';
import { tenantBadges } from '../badges.ts';

type TenantRequest = Request<{ id: string }>;

export function tenant(domains: PortalDomains): Router {
  const routes = Router().param('id', idParam);

  routes.get('/:id', operator, (req: TenantRequest, res) => showTenant(req, res, domains));

  routes.get('/:id/suspension', operator, async (req: TenantRequest, res) => {
    const { id, name } = await getTenant(req);
    res.page('platform/tenants/suspension', { title: 'Suspend {name}', title_params: { name }, id, name });
  });

  routes.post('/:id/suspension', operator, async (req: TenantRequest, res) => {
    await req.asPlatform((db) => suspendTenant(db, req.actor, req.params.id));
    flash(req, res, 'The tenant is suspended. Its portals are closed and all users are logged out.');
    await seeOther(req, res, `/tenants/${req.params.id}`);
  });

  routes.post('/:id/resumption', operator, async (req: TenantRequest, res) => {
    await req.asPlatform((db) => resumeTenant(db, req.actor, req.params.id));
    flash(req, res, 'The tenant is active again. Its staff and customers can log in.');
    await seeOther(req, res, `/tenants/${req.params.id}`);
  });

  routes.post('/:id/owner-links', operator, async (req: TenantRequest, res) => {
    const { id } = req.params;
    await getTenant(req);
    const token = await req.asPlatform((db) => issueOwnerLink(db, req.actor, id));
    if (token) keepOwnerToken(req, id, token);
    else flash(req, res, 'The owner already has a password, or is disabled.', { kind: 'info' });
    await seeOther(req, res, `/tenants/${id}`);
  });

  return routes;
}

/** Until the page of the tenant is shown. Encrypted, because sessions must not contain usable tokens. */
export function keepOwnerToken(req: Request, tenantId: string, token: string): void {
  const sealed = seal(req.secretKeys, tenantId, token);
  setFlashData(req, `/tenants/${tenantId}`, sealed.toString('base64url'));
}

async function showTenant(req: TenantRequest, res: Response, domains: PortalDomains): Promise<void> {
  const { id } = req.params;
  const details = await getTenant(req);
  const sealed = consumeFlashData(req, `/tenants/${id}`);
  const token = sealed && unseal(req.secretKeys, id, Buffer.from(sealed, 'base64url'));
  res.page('platform/tenants/show', {
    title: '{name}',
    title_params: { name: details.name },
    details,
    status_badge: tenantBadges[details.status],
    language: locales[supportedLocale(details.locale)],
    max_count: MAX_COUNT,
    set_password_url: token ? setPasswordUrl(details, token, domains) : null,
    ...tenantUrls(details, domains),
  });
}

async function getTenant(req: TenantRequest) {
  return found(await req.asPlatform((db) => findTenant(db, req.params.id)));
}
