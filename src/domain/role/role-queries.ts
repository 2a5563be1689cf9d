import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { list } from '../form/fields.ts';
import { code, type FieldError } from '../form/parse-values.ts';
import { roleDescription, rolePermissions } from './built-in-roles.ts';

const columns = (db: TenantDb) => ({
  ...pick('roles', 'id', 'audience', 'code', 'is_built_in', 'name', 'description'),
  stored_permissions: db.raw<string[]>(STORED_PERMISSIONS, [db.tenantId]),
});

/** Of the row of `roles`. */
export const STORED_PERMISSIONS = `array(select p.permission from role_permissions p
  where p.tenant_id = ? and p.role_id = roles.id)`;

/** A column with the ids of the roles whose assignments `a` meet the condition. */
export function roleIds(db: TenantDb, condition: string) {
  const ids = `array(select a.role_id from role_assignments a where a.tenant_id = ? and ${condition})`;
  return db.raw<string[]>(ids, [db.tenantId]);
}

export type Role = RowOf<ReturnType<typeof columns>>;

/** Not paged, because a tenant has about a dozen roles. */
export function listRoles(db: TenantDb, audience: 'customer' | 'staff') {
  return selectRows(db.from('roles').where({ audience }).orderBy(['position', 'name', 'id']), columns(db));
}

export function roleOptions(roles: readonly Role[]) {
  return roles.map((role) => ({
    value: role.id,
    label: role.name,
    hint: roleDescription(role),
    group: role.is_built_in ? 'Standard roles' : 'Your own roles',
  }));
}

export function roleField() {
  return list().min(1, code('required'));
}

export const unknownRoleError: FieldError = { field: 'roles', code: 'invalid' };

/** Returns undefined if one of the ids is not a role of this audience. */
export async function findChosenRoles(
  db: TenantDb,
  audience: 'customer' | 'staff',
  ids: readonly string[],
): Promise<Role[] | undefined> {
  const roles = await listRoles(db, audience);
  const areKnown = ids.every((id) => roles.some((role) => role.id === id));
  return areKnown ? roles.filter((role) => ids.includes(role.id)) : undefined;
}

/** Whether the roles permit something that the actor may not do. The system and operators may do everything. */
export function exceedPermissions(roles: readonly Role[], { kind, permissions }: Actor): boolean {
  if (kind !== 'staff') return false;
  return roles
    .flatMap((role) => rolePermissions(role, role.stored_permissions))
    .some((permission) => !permissions.has(permission));
}

export function roleNames(roles: readonly Role[]): string[] {
  return roles.map((role) => role.name);
}
