import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accessColumns } from '../user/user.ts';

const ROLE_IDS = `array(select a.role_id from role_assignments a
  where a.tenant_id = ? and a.user_id = u.id)`;

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'email', 'status'),
  ...accessColumns(db, 'users as u'),
  ...pick('users as u', 'last_login_at', 'created_at'),
  has_password: db.raw<boolean>('u.password_hash is not null'),
  role_ids: db.raw<string[]>(ROLE_IDS, [db.tenantId]),
});

export type Staff = RowOf<ReturnType<typeof columns>>;

export function findStaff(db: TenantDb, id: string) {
  return selectRow(db.visible('users as u').where({ 'u.id': id, 'u.audience': 'staff' }), columns(db));
}

export function findStaffForUpdate(db: TenantDb, id: string) {
  return findStaff(db, id).forUpdate('u');
}
