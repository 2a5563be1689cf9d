import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { MAX_COUNT } from '../../database/paginate.ts';

export const tenantOrders = {
  created: { columns: ['t.id'], fields: ['id'] },
  subdomain: { columns: ['t.slug'], fields: ['slug'] },
  name: { columns: ['t.name', 't.id'], fields: ['name', 'id'] },
} as const;

export const tenantStatuses = {
  active: { text: 'Active', tone: 'ok' },
  suspended: { text: 'Suspended', tone: 'bad' },
} as const;

const columns = pick('tenants as t', 'id', 'slug', 'name', 'status', 'primary_host', 'created_at');

/** `users` is at most MAX_COUNT + 1. */
export type ListedTenant = RowOf<typeof columns> & { users: number };

export function listTenants(
  db: PlatformDb,
  { q = '', status }: { q?: string; status?: string | undefined } = {},
) {
  return selectRows(searchTenants(db, q, status), columns);
}

const TENANTS_PER_COUNT = 100;

/** Citus cannot count in a subquery for each tenant of a list, but in one that names its tenant. */
export async function withUserCounts(
  db: PlatformDb,
  tenants: readonly RowOf<typeof columns>[],
): Promise<ListedTenant[]> {
  const counts = new Map<string, number>();
  for (let start = 0; start < tenants.length; start += TENANTS_PER_COUNT) {
    const each = tenants
      .slice(start, start + TENANTS_PER_COUNT)
      .map(({ id }) => db.knex.raw('select ?::uuid as id, ? as users', [id, limitedCount(db, 'users', id)]));
    const rows = (await db.knex.unionAll(each, true)) as { id: string; users: number }[];
    for (const { id, users } of rows) counts.set(id, users);
  }
  return tenants.map((tenant) => ({ ...tenant, users: counts.get(tenant.id) ?? 0 }));
}

export async function countTenants(
  db: PlatformDb,
  search: { q: string; status?: string | undefined },
): Promise<number> {
  const tenants = searchTenants(db, search.q, search.status);
  const [counted] = await selectRows(tenants, { tenants: db.knex.raw<number>('count(*)::int') });
  return counted!.tenants;
}

const detailColumns = (db: PlatformDb, id: string) => ({
  ...columns,
  ...pick('tenants as t', 'locale', 'time_zone', 'currency'),
  staff: limitedCount(db, 'users', id, `and audience = 'staff'`),
  customers: limitedCount(db, 'users', id, `and audience = 'customer'`),
  companies: limitedCount(db, 'companies', id),
});

export type TenantDetails = RowOf<ReturnType<typeof detailColumns>>;

export async function findTenant(db: PlatformDb, id: string) {
  return selectRow(db.from('tenants as t').where('t.id', id), detailColumns(db, id));
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

function limitedCount(
  db: PlatformDb,
  table: 'users' | 'companies',
  tenantId: string,
  condition = '',
): Knex.Raw<number> {
  return db.knex.raw(
    `(select count(*)::int from
       (select from ${table} where tenant_id = ? ${condition} limit ${MAX_COUNT + 1}) counted)`,
    [tenantId],
  );
}
