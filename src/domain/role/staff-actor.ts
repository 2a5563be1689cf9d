import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { actAs, systemActor, type Actor } from '../actor.ts';
import { rolePermissions, staffScope } from './built-in-roles.ts';
import { emailOfLogin } from '../user/user.ts';
import { STORED_PERMISSIONS } from './role-queries.ts';

/** The member of staff with their permissions now, for work after the request. Undefined unless they are enabled. */
export async function findStaffActor(db: TenantDb, id: string): Promise<Actor | undefined> {
  const roles = await selectRows(
    db
      .from('users as u')
      .join('role_assignments as a', { 'a.tenant_id': 'u.tenant_id', 'a.user_id': 'u.id' })
      .join('roles', { 'roles.tenant_id': 'a.tenant_id', 'roles.id': 'a.role_id' })
      .where({ 'u.id': id, 'u.audience': 'staff', 'u.status': 'enabled' })
      .whereNull('a.company_id'),
    {
      ...pick('users as u', 'id', 'name'),
      email: emailOfLogin('users as u'),
      ...pick('roles', 'audience', 'code', 'is_built_in'),
      stored_permissions: db.raw<string[]>(STORED_PERMISSIONS, [db.tenantId]),
    },
  );
  const [user] = roles;
  if (!user) return undefined;
  const permissions = roles.flatMap((role) => rolePermissions(role, role.stored_permissions));
  const actor = { ...systemActor('Tasks'), scope: staffScope(), permissions: new Set(permissions) };
  return actAs(actor, { ...user, audience: 'staff' });
}
