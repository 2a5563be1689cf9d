import { pick, type RowOf } from '../../database/columns.ts';
import { ids, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accessColumns, emailOfLogin } from '../user/user.ts';

const ROLE_NAMES = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
  where a.tenant_id = ? and a.user_id = u.id
  order by r.position, r.name)`;

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'name_norm', 'status'),
  email: emailOfLogin('users as u'),
  ...accessColumns(db, 'users as u'),
  ...pick('users as u', 'last_login_at'),
  roles: db.raw<string[]>(ROLE_NAMES, [db.tenantId]),
});

export type ListedStaff = RowOf<ReturnType<typeof columns>>;

export const staffList = list({
  from: 'users as u',
  where: { 'u.audience': 'staff' },
  columns,
  orders: { name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] } },
  defaultSort: 'name',
  filters: {
    role: ids((staff, roles, { db }) => {
      const assigned = db.visible('role_assignments as assigned').whereRaw('assigned.user_id = u.id');
      void staff.whereExists(assigned.whereIn('assigned.role_id', roles));
    }),
    status: oneOf(['enabled', 'disabled'], 'u.status'),
  },
});
