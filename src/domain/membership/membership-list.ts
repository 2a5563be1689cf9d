import { pick } from '../../database/columns.ts';
import { id } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accessColumns } from '../user/user.ts';

const ROLE_NAMES = `array(select r.name from role_assignments a
  join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
  where a.tenant_id = ? and a.company_id = m.company_id and a.user_id = m.user_id
  order by r.position, r.name)`;

const columns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'name_norm', 'email', 'status'),
  ...accessColumns(db, 'users as u'),
  roles: db.raw<string[]>(ROLE_NAMES, [db.tenantId]),
});

export const memberList = list({
  from: 'memberships as m',
  join: (members) => members.join('users as u', { 'u.tenant_id': 'm.tenant_id', 'u.id': 'm.user_id' }),
  within: { company: id('m.company_id') },
  columns,
  orders: { name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] } },
  defaultSort: 'name',
});
