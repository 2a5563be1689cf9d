import type * as z from 'zod';
import { batchesOf } from '../../database/batches.ts';
import { insertMany } from '../../database/insert-many.ts';
import { rawStatement } from '../../database/statement.ts';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { changeError } from '../company/check-status.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { recomputeRentingOf } from '../rental/renting.ts';
import { insertRoleAssignments, type RoleAssignment } from '../role/role-assignments.ts';
import { findChosenRoles, roleNames, unknownRoleError, listRoles, type Role } from '../role/role-queries.ts';
import { userTarget } from '../user/user.ts';
import { findMembership, type Membership } from './membership-queries.ts';
import type { rolesSchema } from './membership.ts';

type ChangeRolesResult = { ok: true; membership: Membership; hasChanged: boolean } | RefusedValues;

/** @throws {NotFound} if the company has no such customer */
export async function changeMembershipRoles(
  db: TenantDb,
  actor: Actor,
  { company_id, user_id }: { company_id: string; user_id: string },
  values: z.infer<typeof rolesSchema>,
): Promise<ChangeRolesResult> {
  const membership = await lockMembership(db, company_id, user_id);
  const archived = refuseArchived(membership, 'roles');
  if (archived) return archived;
  const roles = await findChosenRoles(db, 'customer', values.roles);
  if (!roles) return refuse(unknownRoleError);

  const before = await listAssignedRoles(db, membership);
  const kept = roles.map((role) => role.id);
  if (before.map((role) => role.id).join() === kept.join())
    return { ok: true, membership, hasChanged: false };
  await db.from('role_assignments').where({ company_id, user_id }).whereNotIn('role_id', kept).delete();
  insertRoleAssignments(db, assignmentsOf({ company_id, user_id, roles }));
  recordAudit(db, actor, {
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
): Promise<{ ok: true; membership: Membership } | RefusedValues> {
  const membership = await lockMembership(db, company_id, user_id);
  const archived = refuseArchived(membership, 'company');
  if (archived) return archived;
  const roles = await listAssignedRoles(db, membership);
  await db.from('memberships').where({ company_id, user_id }).delete();
  recomputeRentingOf(db, [user_id]);
  recordAudit(db, actor, {
    event: 'user.unlinked',
    target: memberTarget(membership),
    changes: { company: [membership.company_name, null], roles: [roleNames(roles), []] },
  });
  return { ok: true, membership };
}

function refuseArchived({ company_name, company_status }: Membership, field: string) {
  const error = changeError({ name: company_name, status: company_status }, field);
  return error && refuse(error);
}

export interface NewMembership {
  company_id: string;
  user_id: string;
  roles: readonly Pick<Role, 'id'>[];
}

export function insertMembershipOfNewUser(db: TenantDb, membership: NewMembership): void {
  const { company_id, user_id } = membership;
  db.defer(db.insertStatement('memberships', [{ company_id, user_id }]));
  insertRoleAssignments(db, assignmentsOf(membership));
  recomputeRentingOf(db, [user_id]);
}

/** Returns false, and does not change roles, if the user is a customer of the company already. */
export async function insertMembership(db: TenantDb, membership: NewMembership): Promise<boolean> {
  const [isNew] = await insertMemberships(db, [membership]);
  return isNew!;
}

/**
 * One statement for a thousand memberships. Returns for each whether it is new: false if the user is a customer of the
 * company already, or by an earlier one of `memberships`. Only new ones get their roles.
 */
export async function insertMemberships(
  db: TenantDb,
  memberships: readonly NewMembership[],
): Promise<boolean[]> {
  const inserted = new Set<string>();
  for (const batch of batchesOf(memberships)) {
    const rows = batch.map(({ company_id, user_id }) => ({ company_id, user_id }));
    const statement = insertMany(db, 'memberships', rows, {
      onConflict: 'do nothing',
      returning: ['company_id', 'user_id'],
    });
    const { rows: returned } = await rawStatement<{ rows: typeof rows }>(db, statement);
    for (const key of returned) inserted.add(keyOf(key));
    recomputeRentingOf(
      db,
      returned.map(({ user_id }) => user_id),
    );
  }
  const isNew = memberships.map((membership) => inserted.delete(keyOf(membership)));
  insertRoleAssignments(db, memberships.filter((_, index) => isNew[index]).flatMap(assignmentsOf));
  return isNew;
}

/** One statement for a thousand memberships of users who have just been inserted. */
export function insertNewMemberships(db: TenantDb, memberships: readonly NewMembership[]): void {
  for (const batch of batchesOf(memberships)) {
    const rows = batch.map(({ company_id, user_id }) => ({ company_id, user_id }));
    db.defer(insertMany(db, 'memberships', rows));
    recomputeRentingOf(
      db,
      rows.map(({ user_id }) => user_id),
    );
  }
  insertRoleAssignments(db, memberships.flatMap(assignmentsOf));
}

function keyOf({ company_id, user_id }: Pick<NewMembership, 'company_id' | 'user_id'>): string {
  return `${company_id} ${user_id}`;
}

function assignmentsOf({ company_id, user_id, roles }: NewMembership): RoleAssignment[] {
  return roles.map((role) => ({ company_id, user_id, role_id: role.id }));
}

/** Locks before reading, so that the audit event contains the roles that were replaced. */
async function lockMembership(db: TenantDb, company_id: string, user_id: string): Promise<Membership> {
  const membership = db.visible('memberships').where({ company_id, user_id });
  await selectRow(membership.forUpdate(), pick('memberships', 'user_id'));
  return found(await findMembership(db, company_id, user_id));
}

async function listAssignedRoles(db: TenantDb, { role_ids }: Membership) {
  return (await listRoles(db, 'customer')).filter((role) => role_ids.includes(role.id));
}

function memberTarget({ user_id, user_name, user_email }: Membership) {
  return userTarget({ id: user_id, name: user_name, email: user_email });
}
