import { lookup } from 'node:dns/promises';
import type { Config } from '../../config.ts';
import { check, type Finding } from './check.ts';

/** Whether the names that people will open lead anywhere; any tenant's label stands for all. */
export function checkHosts({ portalDomain, operationsDomain }: Config): Promise<Finding[]> {
  const names = [
    ['PORTAL_DOMAIN', `any-tenant.${portalDomain}`],
    ['OPERATIONS_DOMAIN', `any-tenant.${operationsDomain}`],
    ['OPERATIONS_DOMAIN', operationsDomain],
  ] as const;
  return Promise.all(names.map(([setting, host]) => checkHost(setting, host.replace(/:\d+$/, ''))));
}

function checkHost(setting: string, name: string): Promise<Finding> {
  const mend = `Add a DNS record (a wildcard one for the tenants), or correct ${setting}.`;
  return check(name, mend, async () => {
    if (/(^|\.)localhost$/.test(name)) return 'browsers find it on this machine by themselves';
    const { address } = await lookup(name);
    return `is ${address}`;
  });
}
