import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import { findPortalByHost, normaliseHost } from './find-portal.ts';

/**
 * For a proxy that asks before it requests a certificate: 200 when ?domain= is the host name of a portal, else 404. It tells
 * no more than a request to that host.
 */
export function knownHost(directory: TenantDirectory, config: Config): RequestHandler {
  // Certificates are for names without a port.
  const ports = [...new Set([config.portalDomain, config.operationsDomain, ''].map(portOf))];
  return async (req, res) => {
    const { domain } = req.query;
    const name = normaliseHost(typeof domain === 'string' ? domain : undefined, config.publicScheme);
    const hosts = name === undefined ? [] : ports.map((port) => name + port);
    const portals = await Promise.all(hosts.map((host) => findPortalByHost(host, directory, config)));
    const isKnown = portals.some((portal) => portal !== undefined);
    res
      .status(isKnown ? 200 : 404)
      .type('text')
      .send(isKnown ? 'known\n' : 'unknown\n');
  };
}

function portOf(host: string): string {
  return /:\d+$/.exec(host)?.[0] ?? '';
}
