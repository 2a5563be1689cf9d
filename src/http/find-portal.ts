import { STATUS_CODES } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../config.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { PortalClosed } from '../errors.ts';

/** A security boundary: each portal has its own hosts, session, layout and guards. */
export type Portal =
  | { kind: 'account' | 'operations'; tenant: Tenant; host: string; origin: string }
  | { kind: 'platform'; host: string; origin: string };

/** Every unknown host gets the same 404 page without a cookie, which does not reveal whether a tenant exists. */
export function findPortal(directory: TenantDirectory, config: Config): RequestHandler {
  return async (req, res, next) => {
    const host = normaliseHost(req.headers.host, config.publicScheme);
    const portal = host === undefined ? undefined : await findPortalByHost(host, directory, config);
    if (!portal) {
      res.status(404);
      return sendPlainError(
        req,
        res,
        'Page not found',
        'There is no portal at this address. Check the address and try again.',
      );
    }
    req.portal = portal;
    next();
  };
}

/** @throws {PortalClosed} */
export const refuseSuspended: RequestHandler = ({ portal }, _res, next) => {
  if (portal.kind !== 'platform' && portal.tenant.status !== 'active') throw new PortalClosed();
  next();
};

/** JSON for a caller that reads it; else a page without layout or assets, which works without a portal. */
export function sendPlainError(req: Request, res: Response, title: string, text: string): void {
  if (!req.respondsInJson) return void res.type('html').send(plainPage(title, text));
  const { statusCode: status } = res;
  res
    .type('application/problem+json')
    .send(JSON.stringify({ status, title: STATUS_CODES[status], request_id: req.id }));
}

function plainPage(title: string, text: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>
`;
}

async function findPortalByHost(
  host: string,
  directory: TenantDirectory,
  config: Config,
): Promise<Portal | undefined> {
  const origin = `${config.publicScheme}://${host}`;
  if (host === config.operationsDomain) return { kind: 'platform', host, origin };

  const operationsSlug = subdomainOf(host, config.operationsDomain);
  if (operationsSlug !== undefined) {
    const tenant = await directory.bySlug(operationsSlug);
    return tenant && { kind: 'operations', tenant, host, origin };
  }
  const portalSlug = subdomainOf(host, config.portalDomain);
  const tenant =
    portalSlug === undefined ? await directory.byDomain(host) : await directory.bySlug(portalSlug);
  return tenant && { kind: 'account', tenant, host, origin };
}

/** Lower case, without a trailing dot or the scheme's default port; undefined for an invalid host name. */
export function normaliseHost(header: string | undefined, scheme: 'http' | 'https'): string | undefined {
  const match = /^([a-z0-9.-]{1,253})(?::(\d{1,5}))?$/.exec((header ?? '').toLowerCase());
  if (!match) return undefined;
  const name = match[1]!.replace(/\.$/, '');
  const port = match[2];
  return port === undefined || port === (scheme === 'https' ? '443' : '80') ? name : `${name}:${port}`;
}

function subdomainOf(host: string, domain: string): string | undefined {
  if (!host.endsWith(`.${domain}`)) return undefined;
  const label = host.slice(0, -domain.length - 1);
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label) ? label : undefined;
}
