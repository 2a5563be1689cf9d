import type { Config } from '../../config.ts';
import { asPlatform } from '../../database/as-platform.ts';
import { pick, selectRows } from '../../database/columns.ts';
import type { Database } from '../../database/pools.ts';
import { tenantColumns, toTenant, type TenantRow } from './tenant.ts';

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
