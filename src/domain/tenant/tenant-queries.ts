import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { MAX_COUNT } from '../../database/paginate.ts';

export const tenantOrders = {
  created: { columns: ['t.id'], fields: ['id'] },
  subdomain: { columns: ['t.slug'], fields: ['slug'] },
  name: { columns: ['t.name', 't.id'], fields: ['name', 'id'] },
} as const;

export const tenantStatuses = ['active', 'suspended'] as const;

const columns = pick('tenants as t', 'id', 'slug', 'name', 'status', 'primary_host', 'created_at');

/** Each count is at most MAX_COUNT + 1. */
const listColumns = (db: PlatformDb) => ({ ...columns, users: limitedCount(db, 'users') });

export type ListedTenant = RowOf<ReturnType<typeof listColumns>>;

export function listTenants(
  db: PlatformDb,
  { q = '', status }: { q?: string; status?: string | undefined } = {},
) {
  return selectRows(searchTenants(db, q, status), listColumns(db));
}

export async function countTenants(
  db: PlatformDb,
  search: { q: string; status?: string | undefined },
): Promise<number> {
  const tenants = searchTenants(db, search.q, search.status);
  const [counted] = await selectRows(tenants, { tenants: db.knex.raw<number>('count(*)::int') });
  return counted!.tenants;
}

const detailColumns = (db: PlatformDb) => ({
  ...columns,
  ...pick('tenants as t', 'locale', 'time_zone', 'currency'),
  staff: limitedCount(db, 'users', `and audience = 'staff'`),
  customers: limitedCount(db, 'users', `and audience = 'customer'`),
  companies: limitedCount(db, 'companies'),
});

export type TenantDetails = RowOf<ReturnType<typeof detailColumns>>;

export async function findTenant(db: PlatformDb, id: string) {
  return selectRow(db.from('tenants as t').where('t.id', id), detailColumns(db));
}

export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return selectRow(
    db.from('tenants').where({ slug }),
    pick('tenants', 'id', 'slug', 'name', 'status', 'primary_host'),
  );
}

function searchTenants(db: PlatformDb, q: string, status: string | undefined): Knex.QueryBuilder {
  const term = q.trim().toLowerCase();
  const pattern = `%${term.replace(/[\\%_]/g, '\\$&')}%`;
  return db.from('tenants as t').modify((tenants) => {
    if (term) void tenants.whereRaw('(t.slug like ? or lower(t.name) like ?)', [pattern, pattern]);
    if (status) void tenants.where('t.status', status);
  });
}

function limitedCount(db: PlatformDb, table: 'users' | 'companies', condition = ''): Knex.Raw<number> {
  return db.knex.raw(
    `(select count(*)::int from
       (select from ${table} where tenant_id = t.id ${condition} limit ${MAX_COUNT + 1}) counted)`,
  );
}
