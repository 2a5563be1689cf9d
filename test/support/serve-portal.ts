import type { Server } from 'node:http';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { startPortal, type PortalOptions, type TestPortal } from './portal.ts';

/** A portal at the URLs that a browser opens. */
export interface ServedPortal extends TestPortal {
  account(slug: string, path: string): string;
  operations(slug: string, path: string): string;
  platform(path: string): string;
}

export async function servePortal({ env = {}, ...options }: PortalOptions = {}): Promise<ServedPortal> {
  const port = await findFreePort();
  const portal = await startPortal({
    ...options,
    env: { PORT: String(port), TRUST_PROXY: '0', ...env },
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = portal.app.listen(port, '127.0.0.1', (error) =>
      error ? reject(error) : resolve(listening),
    );
  });
  const { portalDomain, operationsDomain } = portal.config;
  return {
    ...portal,
    account: (slug, path) => `http://${slug}.${portalDomain}${path}`,
    operations: (slug, path) => `http://${slug}.${operationsDomain}${path}`,
    platform: (path) => `http://${operationsDomain}${path}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await portal.close();
    },
  };
}
