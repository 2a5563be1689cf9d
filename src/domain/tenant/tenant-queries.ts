import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { MAX_COUNT } from '../../database/paginate.ts';

export interface ListedTenant {
  id: string;
  slug: string;
  name: string;
  status: (typeof tenantStatuses)[number];
  primary_host: string | null;
  created_at: Date;
  /** At most MAX_COUNT + 1. */
  users: number;
}

export const tenantOrders = {
  created: { columns: ['t.id'], fields: ['id'] },
  subdomain: { columns: ['t.slug'], fields: ['slug'] },
  name: { columns: ['t.name', 't.id'], fields: ['name', 'id'] },
} as const;

export const tenantStatuses = ['active', 'suspended'] as const;

const columns = ['t.id', 't.slug', 't.name', 't.status', 't.primary_host', 't.created_at'];

export function listTenants(
  db: PlatformDb,
  { q = '', status }: { q?: string; status?: string | undefined } = {},
) {
  return searchTenants(db, q, status).select(
    ...columns,
    limitedCount(db, 'users', 'users'),
  ) as unknown as Knex.QueryBuilder<ListedTenant, ListedTenant[]>;
}

export async function countTenants(
  db: PlatformDb,
  search: { q: string; status?: string | undefined },
): Promise<number> {
  const [counted] = (await searchTenants(db, search.q, search.status).count({ tenants: '*' })) as {
    tenants: string;
  }[];
  return Number(counted!.tenants);
}

export interface TenantDetails extends Omit<ListedTenant, 'users'> {
  locale: string;
  time_zone: string;
  currency: string;
  staff: number;
  customers: number;
  companies: number;
}

export async function findTenant(db: PlatformDb, id: string) {
  return (await db
    .from('tenants as t')
    .where('t.id', id)
    .first(
      ...columns,
      't.locale',
      't.time_zone',
      't.currency',
      limitedCount(db, 'users', 'staff', `and audience = 'staff'`),
      limitedCount(db, 'users', 'customers', `and audience = 'customer'`),
      limitedCount(db, 'companies', 'companies'),
    )) as TenantDetails | undefined;
}

export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return (await db.from('tenants').where({ slug }).first('id', 'slug', 'name', 'status', 'primary_host')) as
    Pick<ListedTenant, 'id' | 'slug' | 'name' | 'status' | 'primary_host'> | undefined;
}

function searchTenants(db: PlatformDb, q: string, status: string | undefined): Knex.QueryBuilder {
  const term = q.trim().toLowerCase();
  const pattern = `%${term.replace(/[\\%_]/g, '\\$&')}%`;
  return db.from('tenants as t').modify((tenants) => {
    if (term) void tenants.whereRaw('(t.slug like ? or lower(t.name) like ?)', [pattern, pattern]);
    if (status) void tenants.where('t.status', status);
  });
}

function limitedCount(db: PlatformDb, table: 'users' | 'companies', as: string, condition = ''): Knex.Raw {
  return db.knex.raw(
    `(select count(*)::int from
       (select from ${table} where tenant_id = t.id ${condition} limit ${MAX_COUNT + 1}) counted) as ${as}`,
  );
}
