import type { Knex } from 'knex';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { ListedStaff, Staff } from './staff.ts';

export const staffOrders = {
  name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] },
} as const;

const ROLE_NAMES = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
  where a.tenant_id = ? and a.user_id = u.id
  order by r.position, r.name) as roles`;

export function listStaff(
  db: TenantDb,
  order: Order,
  page: { place: PagePosition | null; size: number },
): Knex.QueryBuilder<ListedStaff, ListedStaff[]> {
  const staff = db
    .from('users as u')
    .where('u.audience', 'staff')
    .select('u.id', 'u.name', 'u.name_norm', 'u.email', 'u.status', 'u.access', 'u.access_expires_at')
    .select('u.last_login_at', db.raw(ROLE_NAMES, [db.tenantId]));
  return paginate(staff, order, page) as unknown as Knex.QueryBuilder<ListedStaff, ListedStaff[]>;
}

const ROLE_IDS = `array(select a.role_id from role_assignments a
  where a.tenant_id = ? and a.user_id = u.id) as role_ids`;

export function findStaff(db: TenantDb, id: string): Knex.QueryBuilder<Staff, Staff | undefined> {
  return db
    .from('users as u')
    .where({ 'u.id': id, 'u.audience': 'staff' })
    .select('u.id', 'u.name', 'u.email', 'u.status', 'u.access', 'u.access_expires_at')
    .select(db.raw('u.password_hash is not null as has_password'), 'u.last_login_at', 'u.created_at')
    .select(db.raw(ROLE_IDS, [db.tenantId]))
    .first() as unknown as Knex.QueryBuilder<Staff, Staff | undefined>;
}

export function findStaffForUpdate(db: TenantDb, id: string): Knex.QueryBuilder<Staff, Staff | undefined> {
  return findStaff(db, id).forUpdate('u') as unknown as Knex.QueryBuilder<Staff, Staff | undefined>;
}
