import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudits, type AuditEntry } from '../audit/record-audit.ts';
import { userTarget } from '../user/user.ts';
import { deleteUsers } from './delete-users.ts';
import { findKeptPeople } from './kept-people.ts';
import type { PlannedDetails } from './plan-users.ts';
import type { RowReason, UndoableRow, WrittenRow } from '../import/row.ts';
import { undoMemberships } from './undo-memberships.ts';
import { undoEmails, undoLabels } from './undo-details.ts';
import { updateUsers } from './update-users.ts';
import type { UserRows } from './user-row-context.ts';
import { restoredChanges, restoreValues } from '../import/write-custom-values.ts';
import type { UserUndo } from './write-users.ts';

/** Another user was merged into them since the import, which can be undone for a day. */
const HAS_MERGED = `exists (select from user_aliases l
  where l.tenant_id = ? and l.user_id = u.id and l.created_at > now() - interval '2 days')`;

const userFields = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'email', 'first_name', 'last_name', 'phone', 'phone2', 'address'),
  ...pick('users as u', 'locale', 'access', 'version', 'custom'),
  has_password: db.raw<boolean>('u.password_hash is not null'),
  has_merged: db.raw<boolean>(HAS_MERGED, [db.tenantId]),
});

export interface UndoneUser {
  row: UndoableRow;
  undo: UserUndo;
  /** As stored now, locked. */
  user: { id: string; name: string; email: string | null; version: number };
}

export type Restored = UndoneUser & { user: Awaited<ReturnType<typeof lockUsers>>[number] };

/** The rows are undone from the last to the first of the file. */
export async function undoUsers(
  db: TenantDb,
  rows: UserRows,
  written: readonly UndoableRow[],
): Promise<WrittenRow[]> {
  const ids = written.flatMap(({ target_id }) => target_id ?? []);
  const users = new Map((await lockUsers(db, ids)).map((user) => [user.id, user]));
  const kept = await findKeptPeople(db, rows, users);
  const skipped = new Map<number, RowReason>();
  const found: Restored[] = [];
  for (const row of written) {
    const user = users.get(row.target_id!);
    const undo = (row.undo ?? {}) as UserUndo;
    const reason = kept.get(row.target_id!);
    if (!user) skipped.set(row.line, { code: 'undo_gone' });
    else if (reason) skipped.set(row.line, reason);
    else if (user.has_merged || hasChanged(row, undo, user.version))
      skipped.set(row.line, { code: 'undo_changed' });
    else found.push({ row, undo, user });
  }
  const isOpen = ({ row }: UndoneUser) => !skipped.has(row.line);
  const created = () => found.filter((each) => isOpen(each) && each.row.result === 'created');
  await undoEmails(db, rows, found.filter(isOpen), skipped);
  await undoMemberships(db, rows, found.filter(isOpen), skipped);
  undoLabels(
    db,
    rows,
    found.filter((each) => isOpen(each) && each.row.result === 'updated'),
  );
  await deleteUsers(db, rows, created(), skipped);
  await restoreUsers(
    db,
    rows,
    found.filter((each) => isOpen(each) && each.undo.details !== undefined),
  );
  return written.map(({ line, target_version, undo }) => {
    const reason = skipped.get(line);
    const errors = reason === undefined ? [] : [{ column: '', value: '', ...reason }];
    return { line, result: reason === undefined ? 'undone' : 'skipped', errors, target_version, undo };
  });
}

function hasChanged({ target_version }: UndoableRow, { details }: UserUndo, version: number): boolean {
  return details !== undefined && version !== target_version;
}

function lockUsers(db: TenantDb, ids: readonly string[]) {
  const users = db.visible('users as u').whereRaw('u.id = any(?::uuid[])', [[...ids]]);
  return selectRows(users.where('u.audience', 'customer').orderBy('u.id').forUpdate('u'), userFields(db));
}

async function restoreUsers(db: TenantDb, rows: UserRows, restored: readonly Restored[]): Promise<void> {
  await updateUsers(
    db,
    restored.map(({ user: { id }, undo }) => ({ id, ...(undo.details as PlannedDetails) })),
  );
  restoreValues(
    db,
    'user',
    rows.fields,
    restored.map(({ user: { id, custom }, undo }) => ({ id, custom, former: undo.custom ?? {} })),
  );
  recordAudits(
    db,
    rows.actor,
    restored.map(({ user, undo }): AuditEntry => ({
      event: 'user.updated',
      target: userTarget(user),
      changes: {
        ...changedFields(user, undo.details!),
        ...restoredChanges(rows.fields, { custom: user.custom, former: undo.custom ?? {} }),
      },
    })),
  );
}
