import { column, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { AlertName } from '../staff/alerts.ts';
import { emailOfLogin } from '../user/user.ts';
import { builtInRoles } from './built-in-roles.ts';
import type { Permission } from './permissions.ts';

export interface Member {
  id: string;
  email: string;
}

const addressed = { id: column('users as u', 'id'), email: emailOfLogin('users as u') };

/** JSON of the members, with an email address, of the company in the column `companyId` whose roles there have the permission. */
export function membersWith(db: TenantDb, permission: Permission, companyId: string) {
  const members = assignments(db, 'customer', permission).whereRaw(
    `a.company_id = ${companyId} and u.email is not null`,
  );
  const { sql, bindings } = selectRows(members, addressed).toSQL();
  return db.raw<Member[]>(`(select coalesce(json_agg(m), '[]') from (${sql}) m)`, bindings as string[]);
}

export function listStaffWith(db: TenantDb, permission: Permission) {
  return selectRows(assignments(db, 'staff', permission), addressed);
}

/** Staff with the permission who asked for these emails. */
export function listAlertedStaff(db: TenantDb, alert: AlertName, permission: Permission) {
  const staff = assignments(db, 'staff', permission).where(`u.${alert}`, true);
  return selectRows(staff, addressed);
}

/** Of enabled users. One who has several such roles appears once. */
function assignments(db: TenantDb, audience: 'customer' | 'staff', permission: Permission) {
  const codes = builtInRoles
    .filter((role) => role.audience === audience && role.permissions.includes(permission))
    .map(({ code }) => code);
  return db
    .from('role_assignments as a')
    .join('users as u', { 'u.tenant_id': 'a.tenant_id', 'u.id': 'a.user_id' })
    .join('roles as r', { 'r.tenant_id': 'a.tenant_id', 'r.id': 'a.role_id' })
    .where({ 'u.audience': audience, 'u.status': 'enabled' })
    .whereRaw(
      `(r.is_built_in and r.code = any(?::text[]) or not r.is_built_in and exists (
         select 1 from role_permissions p where p.tenant_id = ? and p.role_id = r.id and p.permission = ?))`,
      [codes, db.tenantId, permission],
    )
    .distinct();
}
