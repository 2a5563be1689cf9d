import type { TenantDb } from '../../database/tenant-db.ts';
import { list } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';
import { listRoles, type Role } from './role-queries.ts';

/** The field of a form that gives roles. */
export function atLeastOneRole() {
  return list().min(1, { error: 'Select at least one role' });
}

export const unknownRole: FieldError = { text: 'Select roles from the list' };

/** The roles of these ids; undefined when one of them is none that this audience of the tenant can have. */
export async function findChosenRoles(
  db: TenantDb,
  audience: 'customer' | 'staff',
  ids: readonly string[],
): Promise<Role[] | undefined> {
  const roles = await listRoles(db, audience);
  const areKnown = ids.every((id) => roles.some((role) => role.id === id));
  return areKnown ? roles.filter((role) => ids.includes(role.id)) : undefined;
}

export function namesOf(roles: readonly Role[]): string[] {
  return roles.map((role) => role.name);
}
