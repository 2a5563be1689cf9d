import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import { findPortalByHost, normaliseHost } from './find-portal.ts';

/**
 * For a proxy that asks before it requests a certificate: 200 when ?domain= is the host of a portal, else 404. It tells no
 * more than a request to that host.
 */
export function knownHost(directory: TenantDirectory, config: Config): RequestHandler {
  return async (req, res) => {
    const { domain } = req.query;
    const host = normaliseHost(typeof domain === 'string' ? domain : undefined, config.publicScheme);
    const portal = host === undefined ? undefined : await findPortalByHost(host, directory, config);
    res
      .status(portal ? 200 : 404)
      .type('text')
      .send(portal ? 'known\n' : 'unknown\n');
  };
}
