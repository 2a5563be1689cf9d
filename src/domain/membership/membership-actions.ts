import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { findChosenRoles, namesOf, unknownRole } from '../role/chosen-roles.ts';
import { listRoles } from '../role/role-queries.ts';
import { rolesForm } from './customer-form.ts';
import { findMembership, type Membership } from './membership-queries.ts';
import { assignRoles } from './membership-roles.ts';

type Changed = { ok: true; membership: Membership; has_changed: boolean } | { ok: false; form: Form };

/**
 * The roles of a person in one company, exactly these from now on. They have to log in again.
 *
 * @throws {NotFound} where they are not in that company
 */
export async function changeRoles(
  db: TenantDb,
  actor: Actor,
  { company_id, user_id }: { company_id: string; user_id: string },
  input: unknown,
): Promise<Changed> {
  const membership = await lockMembership(db, company_id, user_id);
  const parsed = parseForm(rolesForm, input);
  if (!parsed.ok) return parsed;
  const roles = await findChosenRoles(db, 'customer', parsed.values.roles);
  if (!roles) return refuse(input, { roles: unknownRole });

  const before = await rolesOf(db, membership);
  const kept = roles.map((role) => role.id);
  if (before.map((role) => role.id).join() === kept.join())
    return { ok: true, membership, has_changed: false };
  await db.from('role_assignments').where({ company_id, user_id }).whereNotIn('role_id', kept).delete();
  await assignRoles(db, membership, roles);
  await revokeLoginSessions(db, user_id);
  await recordAudit(db, actor, {
    event: 'user.roles_changed',
    target: target(membership),
    changes: { company: membership.company_name, roles: [namesOf(before), namesOf(roles)] },
  });
  return { ok: true, membership, has_changed: true };
}

/**
 * Takes a person out of a company. Their login and their other companies stay.
 *
 * @throws {NotFound} where they are not in that company
 */
export async function removeFromCompany(
  db: TenantDb,
  actor: Actor,
  { company_id, user_id }: { company_id: string; user_id: string },
): Promise<Membership> {
  const membership = await lockMembership(db, company_id, user_id);
  const roles = await rolesOf(db, membership);
  await db.from('memberships').where({ company_id, user_id }).delete();
  await revokeLoginSessions(db, user_id);
  await recordAudit(db, actor, {
    event: 'user.unlinked',
    target: target(membership),
    changes: { company: [membership.company_name, null], roles: [namesOf(roles), []] },
  });
  return membership;
}

/** One change of a membership at a time, so that each is audited against what it found. */
async function lockMembership(db: TenantDb, company_id: string, user_id: string): Promise<Membership> {
  await db.from('memberships').where({ company_id, user_id }).forUpdate().first('user_id');
  return found(await findMembership(db, company_id, user_id));
}

async function rolesOf(db: TenantDb, { role_ids }: Membership) {
  return (await listRoles(db, 'customer')).filter((role) => role_ids.includes(role.id));
}

function target({ user_id, user_name, user_email }: Membership) {
  return { type: 'user' as const, id: user_id, name: user_name || user_email };
}
