import type { Knex } from 'knex';
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
  is_owner_waiting: isOwnerWaiting(db, id),
  companies: limitedCount(db, db.visible('companies').where({ tenant_id: id })),
});

function isOwnerWaiting(db: PlatformDb, id: string): Knex.Raw<boolean | null> {
  const owner = db
    .visible('users')
    .where({ tenant_id: id, audience: 'staff' })
    .orderBy('id')
    .limit(1)
    .select(db.raw(`password_hash is null and status = 'enabled'`));
  return db.raw('?', [owner]);
}

export async function findTenant(db: PlatformDb, id: string) {
  return selectRow(db.from('tenants as t').where('t.id', id), detailColumns(db, id));
}

export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return selectRow(
    db.from('tenants').where({ slug }),
    pick('tenants', 'id', 'slug', 'name', 'status', 'primary_host'),
  );
}
