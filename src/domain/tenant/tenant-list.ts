import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { selectRows, type RowOf } from '../../database/columns.ts';
import { oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { limitedCount, tenantColumns } from './tenant-queries.ts';

const columns = (db: PlatformDb) => ({ ...tenantColumns, users: limitedCount(db, 'users') });

export type ListedTenant = RowOf<ReturnType<typeof columns>>;

export const tenantStatuses = {
  active: { text: 'Active', tone: 'ok' },
  suspended: { text: 'Suspended', tone: 'bad' },
} as const;

export const tenantList = list({
  from: 'tenants as t',
  columns,
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
  const read = (build: (db: PlatformDb) => readonly [PromiseLike<ListedTenant[]>]) => Promise.all(build(db));
  for await (const batch of tenantList.stream(read, query)) tenants.push(...batch);
  return tenants;
}

function whereMatching(tenants: Knex.QueryBuilder, q: string): void {
  const pattern = `%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  void tenants.whereRaw('(t.slug like ? or lower(t.name) like ?)', [pattern, pattern]);
}
