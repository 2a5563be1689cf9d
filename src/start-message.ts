import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { readAddresses } from './domain/tenant/portal-addresses.ts';

export async function startMessage(
  config: Config,
  database: Database,
  { isDemoNew }: { isDemoNew: boolean },
): Promise<string> {
  if (!config.run.web) return 'The worker of Portico is running. It sends emails and runs tasks.';
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
    'Emails',
    `  ${config.smtpUrl ? `are sent through ${new URL(config.smtpUrl).host}` : `are kept and not sent. Read them at ${inbox}`}`,
    ...(config.demo ? await demoLines(tenants.map(({ slug }) => slug)) : []),
    ...(isDemoNew ? ['Demo data', '  Two years of rentals and invoices follow in about half a minute'] : []),
    '',
  ].join('\n');
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
