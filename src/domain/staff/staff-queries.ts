import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

export const staffOrders = {
  name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] },
} as const;

const ROLE_NAMES = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
  where a.tenant_id = ? and a.user_id = u.id
  order by r.position, r.name)`;

const listColumns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'name_norm', 'email', 'status', 'access', 'access_expires_at'),
  ...pick('users as u', 'last_login_at'),
  roles: db.raw<string[]>(ROLE_NAMES, [db.tenantId]),
});

export function listStaff(db: TenantDb, order: Order, page: { place: PagePosition | null; size: number }) {
  const staff = db.from('users as u').where('u.audience', 'staff');
  return paginate(selectRows(staff, listColumns(db)), order, page);
}

const ROLE_IDS = `array(select a.role_id from role_assignments a
  where a.tenant_id = ? and a.user_id = u.id)`;

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'email', 'status', 'access', 'access_expires_at'),
  ...pick('users as u', 'last_login_at', 'created_at'),
  has_password: db.raw<boolean>('u.password_hash is not null'),
  role_ids: db.raw<string[]>(ROLE_IDS, [db.tenantId]),
});

export type Staff = RowOf<ReturnType<typeof columns>>;

export function findStaff(db: TenantDb, id: string) {
  return selectRow(db.from('users as u').where({ 'u.id': id, 'u.audience': 'staff' }), columns(db));
}

export function findStaffForUpdate(db: TenantDb, id: string) {
  return findStaff(db, id).forUpdate('u');
}
