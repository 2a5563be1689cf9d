import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { plainPage } from './plain-page.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';

/** The portal a request is for: a security boundary of its own, with its own session. */
export type Portal =
  | { kind: 'account' | 'operations'; tenant: Tenant; host: string; origin: string }
  | { kind: 'platform'; host: string; origin: string };

/**
 * Exact Host → portal and tenant, before anything else happens. Whatever is not one of ours gets the same neutral
 * 404 without a cookie.
 */
export function findPortal(directory: TenantDirectory, config: Config): RequestHandler {
  return async (req, res, next) => {
    const host = normalHost(req.headers.host, config.publicScheme);
    const portal = host === undefined ? undefined : await portalAt(host, directory, config);
    if (!portal) {
      res.status(404).type('html').send(NOTHING_HERE);
      return;
    }
    req.portal = portal;
    next();
  };
}

async function portalAt(
  host: string,
  directory: TenantDirectory,
  config: Config,
): Promise<Portal | undefined> {
  const origin = `${config.publicScheme}://${host}`;
  if (host === config.operationsDomain) return { kind: 'platform', host, origin };

  const operationsSlug = labelBelow(host, config.operationsDomain);
  if (operationsSlug !== undefined) {
    const tenant = await directory.bySlug(operationsSlug);
    return tenant && { kind: 'operations', tenant, host, origin };
  }
  const portalSlug = labelBelow(host, config.portalDomain);
  const tenant =
    portalSlug === undefined ? await directory.byDomain(host) : await directory.bySlug(portalSlug);
  return tenant && { kind: 'account', tenant, host, origin };
}

/** Lower case, without a trailing dot or the scheme's default port; undefined when it is no host name at all. */
export function normalHost(header: string | undefined, scheme: 'http' | 'https'): string | undefined {
  const match = /^([a-z0-9.-]{1,253})(?::(\d{1,5}))?$/.exec((header ?? '').toLowerCase());
  if (!match) return undefined;
  const name = match[1]!.replace(/\.$/, '');
  const port = match[2];
  return port === undefined || port === (scheme === 'https' ? '443' : '80') ? name : `${name}:${port}`;
}

function labelBelow(host: string, domain: string): string | undefined {
  if (!host.endsWith(`.${domain}`)) return undefined;
  const label = host.slice(0, -domain.length - 1);
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label) ? label : undefined;
}

const NOTHING_HERE = plainPage(
  'Page not found',
  'There is no portal at this address. Check the address and try again.',
);
