import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { list } from '../form/fields.ts';
import { code, type FieldError } from '../form/parse-values.ts';
import { roleDescription } from './built-in-roles.ts';

const columns = pick('roles', 'id', 'audience', 'code', 'is_built_in', 'name', 'description');

export type Role = RowOf<typeof columns>;

/** Not paged, because a tenant has about a dozen roles. */
export function listRoles(db: TenantDb, audience: 'customer' | 'staff') {
  return selectRows(db.from('roles').where({ audience }).orderBy(['position', 'name', 'id']), columns);
}

export function roleOptions(roles: readonly Role[]) {
  return roles.map((role) => ({ value: role.id, label: role.name, hint: roleDescription(role) }));
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

export function roleNames(roles: readonly Role[]): string[] {
  return roles.map((role) => role.name);
}
