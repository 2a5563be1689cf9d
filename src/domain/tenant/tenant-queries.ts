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
