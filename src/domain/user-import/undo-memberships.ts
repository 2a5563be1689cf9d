import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits, type AuditEntry } from '../audit/record-audit.ts';
import { recomputeRentingOf } from '../rental/renting.ts';
import { insertRoleAssignments } from '../role/role-assignments.ts';
import { userTarget } from '../user/user.ts';
import { removeAssignments } from './remove-assignments.ts';
import type { RowReason } from '../import/row.ts';
import type { UndoneUser } from './undo-users.ts';
import type { UserRows } from './user-row-context.ts';
import type { UserUndo } from './write-users.ts';

type Written = UserUndo['membership'] & { user_id: string; line: number; user: UndoneUser['user'] };

/** Removes memberships and roles that the import added, unless they were changed since: `skipped` gets those rows. */
export async function undoMemberships(
  db: TenantDb,
  rows: UserRows,
  people: readonly UndoneUser[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  const written = people.flatMap(({ row: { line }, user, undo: { membership } }) =>
    membership ? { ...membership, user_id: user.id, line, user } : [],
  ) as Written[];
  if (written.length === 0) return;
  const present = await findRoles(db, written);
  const isSame = ({ user_id, company_id, after }: Written) =>
    present.get(`${user_id} ${company_id}`) === after.toSorted().join();
  for (const each of written) if (!isSame(each)) skipped.set(each.line, { code: 'undo_changed' });
  const undone = written.filter(isSame);
  const removed = undone.filter(({ isNew }) => isNew);
  deleteMemberships(db, removed);
  const assignments = (roles: (each: Written) => string[]) =>
    undone
      .filter(({ isNew }) => !isNew)
      .flatMap((each) =>
        roles(each).map((role_id) => ({ user_id: each.user_id, company_id: each.company_id, role_id })),
      );
  removeAssignments(
    db,
    assignments(({ before, after }) => after.filter((id) => !before.includes(id))),
  );
  insertRoleAssignments(
    db,
    assignments(({ before, after }) => before.filter((id) => !after.includes(id))),
  );
  recordAudits(
    db,
    rows.actor,
    undone.map((each) => auditEntry(rows, each)),
  );
}

/** The ids of the roles of each membership, in order, by the ids of user and company. */
async function findRoles(db: TenantDb, memberships: readonly Written[]): Promise<Map<string, string>> {
  const keys = memberships.map(({ user_id, company_id }) => ({ user_id, company_id }));
  const { rows } = await db.raw<{ rows: { user_id: string; company_id: string; role_ids: string[] }[] }>(
    `select m.user_id, m.company_id, array(
       select a.role_id from role_assignments a
       where a.tenant_id = ? and a.user_id = m.user_id and a.company_id = m.company_id) as role_ids
     from jsonb_to_recordset(?::jsonb) as r (user_id uuid, company_id uuid)
     join memberships m on m.tenant_id = ? and m.company_id = r.company_id and m.user_id = r.user_id
     for update of m`,
    [db.tenantId, JSON.stringify(keys), db.tenantId],
  );
  return new Map(
    rows.map(({ user_id, company_id, role_ids }) => [`${user_id} ${company_id}`, role_ids.toSorted().join()]),
  );
}

function deleteMemberships(db: TenantDb, removed: readonly Written[]): void {
  if (removed.length === 0) return;
  const keys = removed.map(({ user_id, company_id }) => ({ user_id, company_id }));
  db.defer({
    text: `delete from memberships m using jsonb_to_recordset($1::jsonb) as r (user_id uuid, company_id uuid)
      where m.tenant_id = $2 and m.company_id = r.company_id and m.user_id = r.user_id`,
    values: [JSON.stringify(keys), db.tenantId],
  });
  recomputeRentingOf(
    db,
    removed.map(({ user_id }) => user_id),
  );
}

function auditEntry({ roles }: UserRows, { user, isNew, company_name, before, after }: Written): AuditEntry {
  const names = (ids: readonly string[]) =>
    roles.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
  return isNew
    ? {
        event: 'user.unlinked',
        target: userTarget(user),
        changes: { company: [company_name, null], roles: [names(after), []] },
      }
    : {
        event: 'user.roles_changed',
        target: userTarget(user),
        changes: { company: company_name, roles: [names(after), names(before)] },
      };
}
