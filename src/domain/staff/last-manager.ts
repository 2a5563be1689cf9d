import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { FieldError } from '../form/parse-form.ts';
import type { Staff } from './staff-queries.ts';

const MANAGER = { audience: 'staff', code: 'manager' } as const;

/**
 * Whoever may take a Manager away waits here for whoever is doing it: of two who take each other's place away at once
 * the second sees what the first has left. To be called before anything else is read. Answers the role's id.
 */
export async function lockManagers(db: TenantDb): Promise<string> {
  // Giving somebody a role refers to this row and need not wait.
  const role = (await db.from('roles').where(MANAGER).forNoKeyUpdate().first('id')) as
    { id: string } | undefined;
  return found(role).id;
}

/** Whether nobody else could manage the team. Only behind {@link lockManagers}. */
export async function isLastManager(
  db: TenantDb,
  managerId: string,
  { id, status, role_ids }: Staff,
): Promise<boolean> {
  if (status === 'disabled' || !role_ids.includes(managerId)) return false;
  const another: unknown = await db
    .from('role_assignments as a')
    .join('users as u', { 'u.tenant_id': 'a.tenant_id', 'u.id': 'a.user_id' })
    .where({ 'a.role_id': managerId, 'u.status': 'enabled' })
    .whereNot('u.id', id)
    .first('u.id');
  return another === undefined;
}

export function lastManager({ name, email }: Staff): FieldError {
  return {
    text: '{user} is the last Manager who may log in. Make somebody else a Manager first.',
    params: { user: name || email },
  };
}
