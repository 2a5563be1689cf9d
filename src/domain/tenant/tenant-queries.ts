import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow } from '../../database/columns.ts';
import { limitedCount } from '../../database/paginate.ts';

export const listedTenantColumns = pick(
  'tenants as t',
  'id',
  'slug',
  'name',
  'status',
  'primary_host',
  'created_at',
);

const detailColumns = (db: PlatformDb, id: string) => ({
  ...listedTenantColumns,
  ...pick('tenants as t', 'locale', 'time_zone', 'currency'),
  staff: limitedCount(db, db.visible('users').where({ tenant_id: id, audience: 'staff' })),
  customers: limitedCount(db, db.visible('users').where({ tenant_id: id, audience: 'customer' })),
  /** The first member of staff has no password yet. Null without staff. */
  is_owner_waiting: db.raw<boolean | null>(
    `(select u.password_hash is null and u.status = 'enabled' from users u
      where u.tenant_id = ? and u.audience = 'staff' order by u.id limit 1)`,
    [id],
  ),
  companies: limitedCount(db, db.visible('companies').where({ tenant_id: id })),
});

export async function findTenant(db: PlatformDb, id: string) {
  return selectRow(db.from('tenants as t').where('t.id', id), detailColumns(db, id));
}

export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return selectRow(
    db.from('tenants').where({ slug }),
    pick('tenants', 'id', 'slug', 'name', 'status', 'primary_host'),
  );
}
