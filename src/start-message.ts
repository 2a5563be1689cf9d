import type { Config } from './config.ts';
import { pick, selectRows } from './database/columns.ts';
import { asPlatform } from './database/as-platform.ts';
import type { Database } from './database/pools.ts';
import { toTenant, tenantColumns, type TenantRow } from './domain/tenant/tenant.ts';

const MAX_TENANTS = 5;

export interface PortalAddresses {
  tenants: { name: string; slug: string; portal: string; operations: string }[];
  hasMoreTenants: boolean;
  platform: string;
  inbox: string;
}

export async function readAddresses(config: Config, database: Database): Promise<PortalAddresses> {
  const rows = await firstTenants(database);
  const tenants = rows.slice(0, MAX_TENANTS).map((row) => toTenant(row, config));
  const platform = `${config.publicScheme}://${config.operationsDomain}`;
  return {
    tenants: tenants.map(({ name, slug, portal_origin, operations_origin }) => ({
      name,
      slug,
      portal: `${portal_origin}/account/login`,
      operations: `${operations_origin}/login`,
    })),
    hasMoreTenants: rows.length > MAX_TENANTS,
    platform: `${platform}/login`,
    inbox: `${platform}/dev/inbox`,
  };
}

export async function startMessage(config: Config, database: Database): Promise<string> {
  if (!config.run.web) return 'The worker of Portico runs: mails are delivered, and what is due is done.';
  const { tenants, hasMoreTenants, platform, inbox } = await readAddresses(config, database);
  const lines = tenants.flatMap(({ name, portal, operations }) => [
    name,
    `  Customer portal     ${portal}`,
    `  Operations portal   ${operations}`,
  ]);
  return [
    '',
    `Portico is ready on ${config.host}:${config.port}.`,
    '',
    ...lines,
    ...(hasMoreTenants ? ['  … and more: npm run portal -- tenant:list'] : []),
    ...(tenants.length === 0
      ? ['No tenant yet: npm run portal -- tenant:create --slug … --name … --admin-email …']
      : []),
    'Platform console',
    `  ${platform}`,
    'Mails',
    `  ${config.smtpUrl ? `are sent through ${new URL(config.smtpUrl).host}` : `are kept, not sent: read them at ${inbox}`}`,
    ...(config.demo ? await demoLines(tenants.map(({ slug }) => slug)) : []),
    '',
  ].join('\n');
}

/** Reads one more than is shown, to detect that there are others. */
async function firstTenants(database: Database): Promise<TenantRow[]> {
  const rows = await asPlatform(database, async (db) => {
    const tenants = db
      .from('tenants')
      .orderBy(['created_at', 'slug'])
      .limit(MAX_TENANTS + 1);
    return selectRows(tenants, pick('tenants', ...tenantColumns));
  });
  return rows as TenantRow[];
}

async function demoLines(slugs: readonly string[]): Promise<string[]> {
  const { demoLogins } = await import('../seeds/demo.ts');
  const logins = demoLogins.filter(({ tenant }) => tenant === undefined || slugs.includes(tenant));
  if (!logins.some(({ tenant }) => tenant !== undefined)) return [];
  const rows = logins.map(({ portal, tenant = '', description, email, password }) => {
    const where = { account: 'customers', operations: 'operations', platform: 'console' }[portal];
    return `  ${tenant.padEnd(5)} ${where.padEnd(11)} ${email.padEnd(26)} ${password.padEnd(28)} ${description}`;
  });
  return ['Demo logins', ...rows];
}
