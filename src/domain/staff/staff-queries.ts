import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accessColumns } from '../user/user.ts';
import type { Locale } from '../../locales/locales.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { roleIds } from '../role/role-queries.ts';

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'audience', 'name', 'status'),
  ...accessColumns(db, 'users as u'),
  ...pick('users as u', 'first_name', 'last_name', 'phone', 'address', 'pending_email', 'version'),
  ...pick('users as u', 'last_login_at', 'created_at'),
  email: column('users as u', 'email') as Column<EmailAddress>,
  locale: column('users as u', 'locale') as Column<Locale | null>,
  has_password: db.raw<boolean>('u.password_hash is not null'),
  role_ids: roleIds(db, 'a.user_id = u.id'),
});

export type Staff = RowOf<ReturnType<typeof columns>>;

export function findStaff(db: TenantDb, id: string) {
  return selectRow(db.visible('users as u').where({ 'u.id': id, 'u.audience': 'staff' }), columns(db));
}

export function findStaffForUpdate(db: TenantDb, id: string) {
  return findStaff(db, id).forUpdate('u');
}
