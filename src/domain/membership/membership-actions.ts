import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type RefusedForm } from '../form/parse-form.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { findChosenRoles, roleNames, unknownRoleError, listRoles, type Role } from '../role/role-queries.ts';
import { userTarget } from '../user/user.ts';
import { findMembership, type Membership } from './membership-queries.ts';
import { rolesForm } from './membership.ts';

type ChangeRolesResult = { ok: true; membership: Membership; hasChanged: boolean } | RefusedForm;

/** @throws {NotFound} if the company has no such customer */
export async function changeMembershipRoles(
  db: TenantDb,
  actor: Actor,
  { company_id, user_id }: { company_id: string; user_id: string },
  input: unknown,
): Promise<ChangeRolesResult> {
  const membership = await lockMembership(db, company_id, user_id);
  const parsed = parseForm(rolesForm, input);
  if (!parsed.ok) return parsed;
  const roles = await findChosenRoles(db, 'customer', parsed.values.roles);
  if (!roles) return refuse(input, { roles: unknownRoleError });

  const before = await listAssignedRoles(db, membership);
  const kept = roles.map((role) => role.id);
  if (before.map((role) => role.id).join() === kept.join())
    return { ok: true, membership, hasChanged: false };
  await db.from('role_assignments').where({ company_id, user_id }).whereNotIn('role_id', kept).delete();
  await assignRoles(db, membership, roles);
  await revokeLoginSessions(db, user_id);
  await recordAudit(db, actor, {
    event: 'user.roles_changed',
    target: memberTarget(membership),
    changes: { company: membership.company_name, roles: [roleNames(before), roleNames(roles)] },
  });
  return { ok: true, membership, hasChanged: true };
}

/** @throws {NotFound} if the company has no such customer */
export async function removeFromCompany(
  db: TenantDb,
  actor: Actor,
  { company_id, user_id }: { company_id: string; user_id: string },
): Promise<Membership> {
  const membership = await lockMembership(db, company_id, user_id);
  const roles = await listAssignedRoles(db, membership);
  await db.from('memberships').where({ company_id, user_id }).delete();
  await revokeLoginSessions(db, user_id);
  await recordAudit(db, actor, {
    event: 'user.unlinked',
    target: memberTarget(membership),
    changes: { company: [membership.company_name, null], roles: [roleNames(roles), []] },
  });
  return membership;
}

async function assignRoles(
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

/** Returns false, and does not change roles, if the user is a customer of the company already. */
export async function insertMembership(
  db: TenantDb,
  membership: { company_id: string; user_id: string },
  roles: readonly Role[],
): Promise<boolean> {
  const inserted = await db
    .insertInto('memberships', membership)
    .onConflict(['tenant_id', 'company_id', 'user_id'])
    .ignore()
    .returning('user_id');
  if (inserted.length === 0) return false;
  await assignRoles(db, membership, roles);
  return true;
}

/** Locks before reading, so that the audit event contains the roles that were replaced. */
async function lockMembership(db: TenantDb, company_id: string, user_id: string): Promise<Membership> {
  const membership = db.from('memberships').where({ company_id, user_id });
  await selectRow(membership.forUpdate(), pick('memberships', 'user_id'));
  return found(await findMembership(db, company_id, user_id));
}

async function listAssignedRoles(db: TenantDb, { role_ids }: Membership) {
  return (await listRoles(db, 'customer')).filter((role) => role_ids.includes(role.id));
}

function memberTarget({ user_id, user_name, user_email }: Membership) {
  return userTarget({ id: user_id, name: user_name, email: user_email });
}
