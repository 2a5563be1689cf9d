import { column, pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { userTarget } from '../user/user.ts';
import { deleteRowsOf } from '../import/delete-rows-of.ts';
import { hasLogin, hasMoney, hasRecords, reasonsToKeep } from '../import/references.ts';
import type { RowReason } from '../import/row.ts';
import type { UndoneUser } from './undo-users.ts';
import { userReferences } from './user-references.ts';
import type { UserRows } from './user-row-context.ts';

const HAS_LOGIN = `(u.password_hash is not null or u.last_login_at is not null or u.access <> 'no_access')`;

/** Adds people who have a login, money or other records to `skipped`. They are locked. */
export async function skipReferredUsers(
  db: TenantDb,
  people: readonly UndoneUser[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (people.length === 0) return;
  const reasons = await findReasons(
    db,
    people.map(({ user: { id } }) => id),
  );
  for (const { row, user } of people) {
    const reason = reasons.get(user.id);
    if (reason) skipped.set(row.line, reason);
  }
}

/** Deletes people without a membership; the others are added to `skipped`. */
export async function deleteUsers(
  db: TenantDb,
  { actor }: UserRows,
  people: readonly UndoneUser[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (people.length === 0) return;
  const all = people.map(({ user: { id } }) => id);
  const memberships = db.from('memberships as m').whereRaw('m.user_id = any(?::uuid[])', [all]);
  const found = await selectRows(memberships, pick('memberships as m', 'user_id'));
  const members = new Set(found.map(({ user_id }) => user_id));
  for (const { row, user } of people) if (members.has(user.id)) skipped.set(row.line, hasRecords);
  const deleted = people.filter(({ user }) => !members.has(user.id));
  const ids = deleted.map(({ user: { id } }) => id);
  deleteRowsOf(db, ids, [
    ['custom_field_values_index', 'entity_id'],
    ['user_labels', 'user_id'],
    ['users', 'id'],
  ]);
  recordAudits(
    db,
    actor,
    deleted.map(({ user }) => ({
      event: 'user.deleted',
      target: userTarget(user),
      changes: { email: [user.email, null] },
    })),
  );
}

/** By the id of each user who is kept. */
async function findReasons(db: TenantDb, ids: readonly string[]): Promise<Map<string, RowReason>> {
  const users = db.from('users as u').whereRaw('u.id = any(?::uuid[])', [[...ids]]);
  const found = await selectRows(users, {
    id: column('users as u', 'id'),
    has_login: db.raw<boolean>(HAS_LOGIN),
    reasons: reasonsToKeep(db, userReferences, 'u'),
  });
  return new Map(
    found.flatMap(({ id, has_login, reasons }) => {
      const isFound = ({ code }: RowReason) => reasons.includes(code);
      const reason =
        [hasMoney].find(isFound) ?? (has_login ? hasLogin : [hasLogin, hasRecords].find(isFound));
      return reason === undefined ? [] : [[id, reason] as const];
    }),
  );
}
