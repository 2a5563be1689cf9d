import { column, pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { changeError } from '../company/check-status.ts';
import { insertRoleAssignments } from '../role/role-assignments.ts';
import { listRoles, roleIds, roleNames } from '../role/role-queries.ts';
import { userTarget } from '../user/user.ts';
import type { SelectedUser, SkipReason, StoredOptions } from './bulk-action.ts';

type RoleChange = Extract<StoredOptions, { action: 'add-role' | 'remove-role' }>;

/** The company or the role no longer exists. */
export class RoleGone extends Error {}

export async function roleReasons(
  db: TenantDb,
  { action, company_id, role_id }: RoleChange,
  users: readonly SelectedUser[],
): Promise<[string, SkipReason][]> {
  const [company, members] = await Promise.all([
    findCompany(db, company_id),
    listMembers(db, company_id, users),
  ]);
  if (company && changeError(company, 'company_code')) return users.map(({ id }) => [id, 'company_archived']);
  return users.flatMap(({ id }): [string, SkipReason][] => {
    const role_ids = members.get(id);
    if (!role_ids) return [[id, 'not_in_company']];
    const hasRole = role_ids.includes(role_id);
    if (hasRole === (action === 'remove-role')) return [];
    return [[id, hasRole ? 'has_role' : 'has_no_role']];
  });
}

/** Of members of the company who do not have the role yet, or who have it. @throws {RoleGone} */
export async function changeRoles(
  db: TenantDb,
  actor: Actor,
  { action, company_id, role_id }: RoleChange,
  users: readonly SelectedUser[],
): Promise<void> {
  const [company, roles, members] = await Promise.all([
    findCompany(db, company_id),
    listRoles(db, 'customer'),
    listMembers(db, company_id, users),
  ]);
  if (!company || !roles.some(({ id }) => id === role_id)) throw new RoleGone();
  const ids = users.map(({ id }) => id);
  if (action === 'add-role')
    insertRoleAssignments(
      db,
      ids.map((user_id) => ({ user_id, role_id, company_id })),
    );
  else
    await db
      .from('role_assignments')
      .where({ company_id, role_id })
      .whereRaw('user_id = any(?::uuid[])', [ids])
      .delete();
  const namesOf = (roleIds: readonly string[]) => roleNames(roles.filter(({ id }) => roleIds.includes(id)));
  const entries = users.map((user) => {
    const before = members.get(user.id) ?? [];
    const after = action === 'add-role' ? [...before, role_id] : before.filter((each) => each !== role_id);
    return {
      event: 'user.roles_changed' as const,
      target: userTarget(user),
      changes: { company: company.name, roles: [namesOf(before), namesOf(after)] },
    };
  });
  recordAudits(db, actor, entries);
}

/** Its status does not change until the commit. */
function findCompany(db: TenantDb, id: string) {
  return selectRow(db.visible('companies').where({ id }).forShare(), pick('companies', 'name', 'status'));
}

/** The ids of their roles by the ids of the members of the company among the users. */
async function listMembers(
  db: TenantDb,
  company_id: string,
  users: readonly SelectedUser[],
): Promise<Map<string, string[]>> {
  const memberships = db
    .visible('memberships as m')
    .where({ 'm.company_id': company_id })
    .whereRaw('m.user_id = any(?::uuid[])', [users.map(({ id }) => id)]);
  const rows = await selectRows(memberships, {
    user_id: column('memberships as m', 'user_id'),
    role_ids: roleIds(db, 'a.company_id = m.company_id and a.user_id = m.user_id'),
  });
  return new Map(rows.map(({ user_id, role_ids }) => [user_id, role_ids]));
}
