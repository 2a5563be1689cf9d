import { MAX_COUNT } from '../database/paginate.ts';
import { listTenants, type ListedTenant } from '../domain/tenant/tenant-queries.ts';
import { tenantAddresses } from '../domain/tenant/tenant-addresses.ts';
import { command } from './command.ts';
import { withPlatform } from './with-database.ts';

export const tenantList = command({
  options: { search: { type: 'string' } },
  run: async ({ config, options, answer }) => {
    const tenants = await withPlatform(config, (db) =>
      listTenants(db, { q: options.search ?? '' }).orderBy('t.slug'),
    );
    const json = tenants.map(({ id, ...tenant }) => ({
      tenant_id: id,
      ...tenant,
      ...tenantAddresses(tenant, config),
    }));
    answer(json, tenants.length > 0 ? tenants.map(asLine) : 'No tenants.');
  },
});

function asLine({ slug, status, users, name }: ListedTenant): string {
  const count = users > MAX_COUNT ? `${MAX_COUNT}+` : String(users);
  return `${slug.padEnd(40)} ${status.padEnd(9)} ${count.padStart(6)} users  ${name}`;
}
