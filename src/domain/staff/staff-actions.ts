import type * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { NO_CUSTOM_FIELDS } from '../custom-field/form-fields.ts';
import { refuse, type RefusedValues, type FieldError } from '../form/parse-values.ts';
import {
  exceedPermissions,
  findChosenRoles,
  listRoles,
  roleNames,
  unknownRoleError,
  type Role,
} from '../role/role-queries.ts';
import { insertRoleAssignments } from '../role/role-assignments.ts';
import { disableLogins, enableLogins } from '../user/user-access.ts';
import { noContact } from '../user/contact-details.ts';
import { emailTaken, insertUser, updateUser } from '../user/user-actions.ts';
import { fullName } from '../user/user-name.ts';
import { displayName, userTarget } from '../user/user.ts';
import { queueAccessEmail } from './staff-email.ts';
import { findStaffForUpdate, type Staff } from './staff-queries.ts';
import type { newStaffSchema, ownDetailsSchema, staffDetailsSchema, staffRolesSchema } from './staff.ts';

type AddStaffResult = { ok: true; user: { id: string; name: string; email: string } } | RefusedValues;

export async function addStaff(
  db: TenantDb,
  actor: Actor,
  values: z.infer<typeof newStaffSchema>,
): Promise<AddStaffResult> {
  const { first_name, last_name, email } = values;
  const roles = await findChosenRoles(db, 'staff', values.roles);
  if (!roles) return refuse(unknownRoleError);
  if (exceedPermissions(roles, actor)) return refuse(rolesExceedOwn);

  const details = { first_name, last_name, email, phone: null };
  const id = await insertUser(db, { audience: 'staff', is_private_customer: false, ...details });
  if (id === undefined) return refuse(await emailTaken(db, 'staff', email));
  const user = { id, name: fullName(values), email };
  await assignStaffRoles(db, id, roles);
  recordAudit(db, actor, {
    event: 'user.created',
    target: userTarget(user),
    changes: { ...changedFields({}, { first_name, last_name, email }), roles: [[], roleNames(roles)] },
  });
  await queueAccessEmail(db, actor, user, 'setPassword');
  return { ok: true, user };
}

type Details = z.infer<ReturnType<typeof ownDetailsSchema>> &
  Partial<z.infer<ReturnType<typeof staffDetailsSchema>>>;

/** `user` is the row locked by `findStaffForUpdate`. Own details are changed without the email address. */
export async function updateStaff(db: TenantDb, actor: Actor, user: Staff, values: Details) {
  const isOwn = user.id === actor.id;
  const error = isOwn ? null : await permissionError(db, actor, user);
  if (error) return refuse(error);
  const email = isOwn ? user.email : (values.email ?? user.email);
  return updateUser(
    db,
    actor,
    user,
    { ...values, ...noContact, email, address: user.address, locale: user.locale },
    NO_CUSTOM_FIELDS,
  );
}

/** @throws {NotFound} if the tenant has no such member of staff */
export async function disableStaff(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ ok: true; user: Staff } | RefusedValues> {
  const managerId = await lockManagerRole(db);
  const user = found(await findStaffForUpdate(db, id));
  if (id === actor.id) return refuse({ field: 'login', code: 'own_login' });
  const error = await permissionError(db, actor, user);
  if (error) return refuse(error);
  if (await isLastManager(db, managerId, user)) return refuse(lastManager('login', user));
  await disableLogins(db, actor, [user]);
  return { ok: true, user };
}

/** @throws {NotFound} if the tenant has no such member of staff */
export async function enableStaff(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ ok: true; user: Staff } | RefusedValues> {
  const user = found(await findStaffForUpdate(db, id));
  const error = await permissionError(db, actor, user);
  if (error) return refuse(error);
  await enableLogins(db, actor, [user]);
  return { ok: true, user };
}

type ChangeRolesResult = { ok: true; user: Staff; hasChanged: boolean } | RefusedValues;

/** @throws {NotFound} if the tenant has no such member of staff */
export async function changeStaffRoles(
  db: TenantDb,
  actor: Actor,
  id: string,
  values: z.infer<typeof staffRolesSchema>,
): Promise<ChangeRolesResult> {
  const managerId = await lockManagerRole(db);
  const user = found(await findStaffForUpdate(db, id));
  if (id === actor.id) return refuse({ field: 'login', code: 'own_roles' });
  const error = await permissionError(db, actor, user);
  if (error) return refuse(error);
  const roles = await findChosenRoles(db, 'staff', values.roles);
  if (!roles) return refuse(unknownRoleError);
  if (exceedPermissions(roles, actor)) return refuse(rolesExceedOwn);

  const kept = roles.map((role) => role.id);
  if (!kept.includes(managerId) && (await isLastManager(db, managerId, user)))
    return refuse(lastManager('roles', user));
  const hasChanged = await replaceRoles(db, actor, user, roles);
  return { ok: true, user, hasChanged };
}

async function assignStaffRoles(db: TenantDb, user_id: string, roles: readonly Role[]): Promise<void> {
  const assignments = roles.map((role) => ({ user_id, role_id: role.id, company_id: null }));
  insertRoleAssignments(db, assignments);
}

async function replaceRoles(db: TenantDb, actor: Actor, user: Staff, roles: Role[]): Promise<boolean> {
  const { id, role_ids } = user;
  const before = (await listRoles(db, 'staff')).filter((role) => role_ids.includes(role.id));
  const kept = roles.map((role) => role.id);
  if (before.map((role) => role.id).join() === kept.join()) return false;

  await db.from('role_assignments').where({ user_id: id }).whereNotIn('role_id', kept).delete();
  await assignStaffRoles(db, id, roles);
  recordAudit(db, actor, {
    event: 'user.roles_changed',
    target: userTarget(user),
    changes: { roles: [roleNames(before), roleNames(roles)] },
  });
  return true;
}

const rolesExceedOwn: FieldError = { field: 'roles', code: 'roles_exceed_own' };

/** A change of a user with more permissions, such as of the email address, could give the actor these permissions. */
async function permissionError(db: TenantDb, actor: Actor, user: Staff): Promise<FieldError | null> {
  if (!mayChangeStaff(actor, user, await listRoles(db, 'staff')))
    return { field: 'login', code: 'user_exceeds_own', params: { user: displayName(user) } };
  return null;
}

/** @param roles those of the tenant's staff */
export function mayChangeStaff(actor: Actor, { role_ids }: Staff, roles: readonly Role[]): boolean {
  return !exceedPermissions(
    roles.filter(({ id }) => role_ids.includes(id)),
    actor,
  );
}

const MANAGER = { audience: 'staff', code: 'manager' } as const;

/** Returns the role's id. Call before any other read, so that two Managers cannot remove each other concurrently. */
async function lockManagerRole(db: TenantDb): Promise<string> {
  // Not FOR UPDATE: the foreign key of a new role assignment would wait for it.
  const role = await selectRow(db.from('roles').where(MANAGER).forNoKeyUpdate(), pick('roles', 'id'));
  return found(role).id;
}

async function isLastManager(
  db: TenantDb,
  managerId: string,
  { id, status, role_ids }: Staff,
): Promise<boolean> {
  if (status === 'disabled' || !role_ids.includes(managerId)) return false;
  const others = db
    .from('role_assignments as a')
    .join('users as u', { 'u.tenant_id': 'a.tenant_id', 'u.id': 'a.user_id' })
    .where({ 'a.role_id': managerId, 'u.status': 'enabled' })
    .whereNot('u.id', id);
  const another = await selectRow(others, pick('users as u', 'id'));
  return another === undefined;
}

function lastManager(field: string, user: Staff): FieldError {
  return { field, code: 'last_manager', params: { user: displayName(user) } };
}
