import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { listRoles, type Role } from '../role/role-queries.ts';

/** The roles of these ids; undefined when one of them is none that a customer of this tenant can have. */
export async function findChosenRoles(db: TenantDb, ids: readonly string[]): Promise<Role[] | undefined> {
  const roles = await listRoles(db, 'customer');
  const areKnown = ids.every((id) => roles.some((role) => role.id === id));
  return areKnown ? roles.filter((role) => ids.includes(role.id)) : undefined;
}

/** Gives somebody roles in a company they belong to. */
export async function assignRoles(
  db: TenantDb,
  { company_id, user_id }: { company_id: string; user_id: string },
  roles: readonly Role[],
): Promise<void> {
  if (roles.length === 0) return;
  const assignments = roles.map((role) => ({ id: newId(), user_id, company_id, role_id: role.id }));
  await db
    .insertInto('role_assignments', assignments)
    .onConflict(['tenant_id', 'user_id', 'role_id', 'company_id'])
    .ignore();
}

/** Makes somebody a customer of a company; false where they were one already, and then nothing is changed. */
export async function joinCompany(
  db: TenantDb,
  membership: { company_id: string; user_id: string },
  roles: readonly Role[],
): Promise<boolean> {
  const inserted = (await db
    .insertInto('memberships', membership)
    .onConflict(['tenant_id', 'company_id', 'user_id'])
    .ignore()
    .returning('user_id')) as unknown[];
  if (inserted.length === 0) return false;
  await assignRoles(db, membership, roles);
  return true;
}

export function namesOf(roles: readonly Role[]): string[] {
  return roles.map((role) => role.name);
}
