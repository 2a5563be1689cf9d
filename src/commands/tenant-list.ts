import { listTenants, MOST_COUNTED, type TenantListRow } from '../domain/tenant/tenant-queries.ts';
import { tenantAddresses } from '../domain/tenant/tenant-addresses.ts';
import { command } from './command.ts';
import { withPlatform } from './with-database.ts';

const ALL = 100_000;

export const tenantList = command({
  options: { search: { type: 'string' } },
  run: async ({ config, options, answer }) => {
    const tenants = await withPlatform(config, (db) =>
      listTenants(db, { search: options.search, limit: ALL }),
    );
    const json = tenants.map(({ id, ...tenant }) => ({
      tenant_id: id,
      ...tenant,
      ...tenantAddresses(tenant, config),
    }));
    answer(json, tenants.length > 0 ? tenants.map(asLine) : 'No tenants.');
  },
});

function asLine({ slug, status, users, name }: TenantListRow): string {
  const count = users > MOST_COUNTED ? `${MOST_COUNTED}+` : String(users);
  return `${slug.padEnd(40)} ${status.padEnd(9)} ${count.padStart(6)} users  ${name}`;
}
