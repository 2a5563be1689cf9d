import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { selectRows, type RowOf } from '../../database/columns.ts';
import { oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { limitedCount } from '../../database/paginate.ts';
import { listedTenantColumns } from './tenant-queries.ts';

type ListedTenantRow = RowOf<typeof listedTenantColumns>;

/** `users` is at most MAX_COUNT + 1. */
export type ListedTenant = ListedTenantRow & { users: number };

export const tenantList = list({
  from: 'tenants as t',
  columns: (_db: PlatformDb) => listedTenantColumns,
  orders: {
    // Ids are ordered by creation time.
    created: { columns: ['t.id'], fields: ['id'] },
    subdomain: { columns: ['t.slug'], fields: ['slug'] },
    name: { columns: ['t.name', 't.id'], fields: ['name', 'id'] },
  },
  defaultSort: '-created',
  filters: { status: oneOf(['active', 'suspended'], 't.status') },
  search: whereMatching,
});

type TenantQuery = ReturnType<typeof tenantList.parse>['query'];

const TENANTS_PER_COUNT = 100;

/** Citus cannot count in a subquery for each tenant of a list, but in one that names its tenant. */
export async function withUserCounts(
  db: PlatformDb,
  tenants: readonly ListedTenantRow[],
): Promise<ListedTenant[]> {
  const counts = new Map<string, number>();
  for (let start = 0; start < tenants.length; start += TENANTS_PER_COUNT) {
    const each = tenants.slice(start, start + TENANTS_PER_COUNT).map(({ id }) => {
      const users = limitedCount(db, db.visible('users').where({ tenant_id: id }));
      return db.raw('select ?::uuid as id, ? as users', [id, users]);
    });
    const union = each.map(() => '(?)').join(' union all ');
    const { rows } = await db.raw<{ rows: { id: string; users: number }[] }>(union, each);
    for (const { id, users } of rows) counts.set(id, users);
  }
  return tenants.map((tenant) => ({ ...tenant, users: counts.get(tenant.id) ?? 0 }));
}

/** Not limited, because an installation has few tenants. */
export async function countTenants(db: PlatformDb, query: TenantQuery): Promise<number> {
  const tenants = tenantList.matching(db, query);
  const [counted] = await selectRows(tenants, { tenants: db.raw<number>('count(*)::int') });
  return counted!.tenants;
}

/** Sorted by subdomain. */
export async function listTenants(db: PlatformDb, q = ''): Promise<ListedTenant[]> {
  const { query } = tenantList.parse({ q, sort: 'subdomain' });
  const tenants: ListedTenant[] = [];
  const read = (build: (db: PlatformDb) => readonly [PromiseLike<ListedTenantRow[]>]) =>
    Promise.all(build(db));
  for await (const batch of tenantList.stream(read, query))
    tenants.push(...(await withUserCounts(db, batch)));
  return tenants;
}

function whereMatching(tenants: Knex.QueryBuilder, q: string): void {
  const pattern = `%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  void tenants.whereRaw('(t.slug like ? or lower(t.name) like ?)', [pattern, pattern]);
}
