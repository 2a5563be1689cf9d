import type { Server } from 'node:http';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { freePorts, startCaddy, startNginx, type Proxy } from './proxies.ts';
import { startPortal, type PortalOptions, type TestPortal } from './portal.ts';

/** A portal at the URLs that a browser opens. With TEST_PROXY=nginx or caddy they lead through that proxy. */
export interface ServedPortal extends TestPortal {
  account(slug: string, path: string): string;
  operations(slug: string, path: string): string;
  platform(path: string): string;
}

export async function servePortal({ env = {}, ...options }: PortalOptions = {}): Promise<ServedPortal> {
  const port = await findFreePort();
  const through = process.env['TEST_PROXY'];
  const proxy = through ? await startProxy(through, port) : undefined;
  const portal = await startPortal({
    ...options,
    env: { PORT: String(port), ...(proxy ? settingsBehind(proxy) : { TRUST_PROXY: '0' }), ...env },
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = portal.app.listen(port, '127.0.0.1', (error) =>
      error ? reject(error) : resolve(listening),
    );
  });
  const { portalDomain, operationsDomain, publicScheme } = portal.config;
  return {
    ...portal,
    account: (slug, path) => `${publicScheme}://${slug}.${portalDomain}${path}`,
    operations: (slug, path) => `${publicScheme}://${slug}.${operationsDomain}${path}`,
    platform: (path) => `${publicScheme}://${operationsDomain}${path}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await proxy?.stop();
      await portal.close();
    },
  };
}

async function startProxy(name: string, port: number): Promise<Proxy> {
  if (name !== 'nginx' && name !== 'caddy') throw new Error('TEST_PROXY must be nginx or caddy');
  return (name === 'nginx' ? startNginx : startCaddy)(port, await freePorts());
}

export function settingsBehind({ https }: Pick<Proxy, 'https'>): Record<string, string> {
  return {
    PUBLIC_SCHEME: 'https',
    PORTAL_DOMAIN: `portal.localhost:${https}`,
    OPERATIONS_DOMAIN: `operations.localhost:${https}`,
    TRUST_PROXY: '1',
  };
}
