import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import { MAX_COUNT } from '../../database/paginate.ts';

export const tenantColumns = pick(
  'tenants as t',
  'id',
  'slug',
  'name',
  'status',
  'primary_host',
  'created_at',
);

const detailColumns = (db: PlatformDb, id: string) => ({
  ...tenantColumns,
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

/** At most MAX_COUNT + 1. */
export function limitedCount(
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
