import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { findChosenRoles, namesOf, unknownRole } from '../role/chosen-roles.ts';
import { listRoles, type Role } from '../role/role-queries.ts';
import { isLastManager, lastManager, lockManagers } from './last-manager.ts';
import { staffRolesForm } from './staff-form.ts';
import { findStaffForUpdate, type Staff } from './staff-queries.ts';

type Changed = { ok: true; person: Staff; hasChanged: boolean } | { ok: false; form: Form };

/**
 * The roles of one of the staff, exactly these from now on. They have to log in again.
 *
 * @throws {NotFound} where the tenant has no such member of staff
 */
export async function changeStaffRoles(
  db: TenantDb,
  actor: Actor,
  id: string,
  input: unknown,
): Promise<Changed> {
  const managerId = await lockManagers(db);
  const person = found(await findStaffForUpdate(db, id));
  const parsed = parseForm(staffRolesForm, input);
  if (!parsed.ok) return parsed;
  if (id === actor.id) return refuse({}, { login: { text: 'You cannot change your own roles' } });
  const roles = await findChosenRoles(db, 'staff', parsed.values.roles);
  if (!roles) return refuse(parsed.values, { roles: unknownRole });

  const kept = roles.map((role) => role.id);
  if (!kept.includes(managerId) && (await isLastManager(db, managerId, person)))
    return refuse({}, { roles: lastManager(person) });
  const hasChanged = await replaceRoles(db, actor, person, roles);
  return { ok: true, person, hasChanged };
}

/** Gives roles to one of the staff. */
export async function giveStaffRoles(db: TenantDb, user_id: string, roles: readonly Role[]): Promise<void> {
  const assignments = roles.map((role) => ({ id: newId(), user_id, role_id: role.id, company_id: null }));
  await db
    .insertInto('role_assignments', assignments)
    .onConflict(['tenant_id', 'user_id', 'role_id', 'company_id'])
    .ignore();
}

async function replaceRoles(db: TenantDb, actor: Actor, person: Staff, roles: Role[]): Promise<boolean> {
  const { id, name, email, role_ids } = person;
  const before = (await listRoles(db, 'staff')).filter((role) => role_ids.includes(role.id));
  const kept = roles.map((role) => role.id);
  if (before.map((role) => role.id).join() === kept.join()) return false;

  await db.from('role_assignments').where({ user_id: id }).whereNotIn('role_id', kept).delete();
  await giveStaffRoles(db, id, roles);
  await revokeLoginSessions(db, id);
  await recordAudit(db, actor, {
    event: 'user.roles_changed',
    target: { type: 'user', id, name: name || email },
    changes: { roles: [namesOf(before), namesOf(roles)] },
  });
  return true;
}
