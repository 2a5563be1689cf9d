import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Staff } from './staff.ts';

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
