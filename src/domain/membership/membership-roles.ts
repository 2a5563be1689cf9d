import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Role } from '../role/role-queries.ts';

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
