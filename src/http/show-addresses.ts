import type { RequestHandler } from 'express';
import { escapeHtml } from '../compile-view.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import { sendPlainPage } from './plain-page.ts';
import { readAddresses } from '../domain/tenant/portal-addresses.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[?::1\]?|localhost)$/;

/** Not in production, or when the server listens on an address that other machines can reach. */
export function isForDevelopment({ production, host }: Config): boolean {
  return !production && LOOPBACK.test(host);
}

/** Lists what the start has printed, for a browser that opens http://localhost:3000. */
export function showAddresses(config: Config, database: Database): RequestHandler {
  return async (req, res, next) => {
    const name = req.headers.host?.toLowerCase().replace(/:\d+$/, '') ?? '';
    if (req.method !== 'GET' || req.path !== '/' || !LOOPBACK.test(name)) return next();
    const { tenants, hasMoreTenants, platform, inbox } = await readAddresses(config, database);
    const sections = [
      ...tenants.map((tenant) =>
        section(tenant.name, { 'Customer portal': tenant.portal, 'Operations portal': tenant.operations }),
      ),
      section('For developers', {
        'Platform console': platform,
        ...(!config.smtpUrl && { 'Dev inbox': inbox }),
      }),
    ];
    const more = hasMoreTenants ? '<p>There are more tenants: npm run portal -- tenant:list</p>' : '';
    sendPlainPage(res, 'Portico is running', 'Every portal has its own address.', sections.join('') + more);
  };
}

function section(title: string, links: Record<string, string>): string {
  const items = Object.entries(links).map(
    ([text, href]) => `<li><a href="${escapeHtml(href)}">${text}</a></li>`,
  );
  return `<h2>${escapeHtml(title)}</h2><ul>${items.join('')}</ul>`;
}
