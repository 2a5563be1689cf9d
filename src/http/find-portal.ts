import type { Request, RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { truncate } from '../truncate.ts';
import type { Log } from '../log.ts';
import { sendPlainError } from './plain-page.ts';
import { PortalClosed } from '../errors.ts';

/** A security boundary: each portal has its own hosts, session, layout and guards. */
export type Portal =
  | { kind: 'account' | 'operations'; tenant: Tenant; host: string; origin: string }
  | { kind: 'platform'; host: string; origin: string };

/** The users that log in at this portal; operators of the platform console are in a table of their own. */
export function audienceOf({ portal }: Request): 'customer' | 'staff' {
  return portal.kind === 'account' ? 'customer' : 'staff';
}

/** Every unknown host gets the same 404 page without a cookie, which does not reveal whether a tenant exists. */
export function findPortal(directory: TenantDirectory, config: Config, log: Log): RequestHandler {
  const logUnknownHost = unknownHostLog(log);
  return async (req, res, next) => {
    const host = normaliseHost(req.headers.host, config.publicScheme);
    const portal = host === undefined ? undefined : await findPortalByHost(host, directory, config);
    if (!portal) {
      logUnknownHost(req);
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

/** A proxy may have read another one of the Host headers. */
export const refuseSeveralHosts: RequestHandler = (req, res, next) => {
  let hosts = 0;
  for (let index = 0; index < req.rawHeaders.length; index += 2)
    if (/^host$/i.test(req.rawHeaders[index]!)) hosts += 1;
  if (hosts <= 1) return next();
  res.status(400);
  sendPlainError(
    req,
    res,
    'This request is not valid',
    'The request names more than one host. Nothing was changed.',
  );
};

/** @throws {PortalClosed} */
export const refuseSuspended: RequestHandler = ({ portal }, _res, next) => {
  if (portal.kind !== 'platform' && portal.tenant.status !== 'active') throw new PortalClosed();
  next();
};

const LOG_PERIOD_MS = 10 * 60_000;
const MAX_LOGGED_HOSTS = 20;

/** Shows a proxy that replaces the Host header. Scanners send any number of hosts, so few are logged, each once per period. */
function unknownHostLog(log: Log): (req: Request) => void {
  const logged = new Set<string>();
  let since = 0;
  return ({ headers }) => {
    if (Date.now() - since > LOG_PERIOD_MS) {
      logged.clear();
      since = Date.now();
    }
    const host = truncate(headers.host ?? '', 255);
    if (logged.has(host) || logged.size >= MAX_LOGGED_HOSTS) return;
    logged.add(host);
    const forwarded = headers['x-forwarded-host'];
    log.warn(
      { host, ...(forwarded !== undefined && { x_forwarded_host: truncate(String(forwarded), 255) }) },
      'No portal has the host of this request. A proxy must pass on the Host header.',
    );
  };
}

export async function findPortalByHost(
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
