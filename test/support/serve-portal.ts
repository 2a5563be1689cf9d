import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { freePorts, startCaddy, startNginx, type Proxy } from './proxies.ts';
import { startPortal, type OwnPortal, type PortalOptions } from './portal.ts';

/** A portal at the URLs that a browser opens. With TEST_PROXY=nginx or caddy they lead through that proxy. */
export interface ServedPortal extends OwnPortal {
  account(slug: string, path: string): string;
  operations(slug: string, path: string): string;
  platform(path: string): string;
}

/** Each host serves axe at this path: the browser compiles a cached script once, but one that is evaluated on every page. */
export const AXE_PATH = '/axe.min.js';
const AXE_HEADERS = { 'Content-Type': 'text/javascript', 'Cache-Control': 'max-age=86400' };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'));

export async function servePortal({ env = {}, ...options }: PortalOptions = {}): Promise<ServedPortal> {
  const port = await findFreePort();
  const through = process.env['TEST_PROXY'];
  const proxy = through ? await startProxy(through, port) : undefined;
  const portal = await startPortal({
    ...options,
    env: { PORT: String(port), ...(proxy ? settingsBehind(proxy) : { TRUST_PROXY: '0' }), ...env },
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = createServer((req, res) => {
      if (req.url === AXE_PATH) res.writeHead(200, AXE_HEADERS).end(axe);
      else portal.app(req, res);
    });
    listening.once('error', reject).listen(port, '127.0.0.1', () => resolve(listening));
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
