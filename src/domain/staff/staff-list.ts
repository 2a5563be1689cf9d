import { list, type Columns } from '../../database/list.ts';
import type { ListedStaff } from './staff.ts';

const ROLE_NAMES = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
  where a.tenant_id = ? and a.user_id = u.id
  order by r.position, r.name)`;

const columns: Columns<ListedStaff> = {
  id: 'u.id',
  name: 'u.name',
  name_norm: 'u.name_norm',
  email: 'u.email',
  status: 'u.status',
  access: 'u.access',
  access_expires_at: 'u.access_expires_at',
  last_login_at: 'u.last_login_at',
  roles: (db) => db.raw(ROLE_NAMES, [db.tenantId]),
};

export const staffList = list({
  from: 'users as u',
  where: { 'u.audience': 'staff' },
  columns,
  orders: { name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] } },
  defaultSort: 'name',
});
