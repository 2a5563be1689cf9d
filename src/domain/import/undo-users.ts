import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudits, type AuditEntry } from '../audit/record-audit.ts';
import { readCustom, customFieldName } from '../custom-field/form-fields.ts';
import { MASKED, storeCustomValues } from '../custom-field/store-values.ts';
import { userTarget } from '../user/user.ts';
import { deleteUsers, skipReferredUsers } from './delete-users.ts';
import type { PlannedDetails } from './plan-users.ts';
import type { RowReason, UndoableRow, WrittenRow } from './row.ts';
import { undoMemberships } from './undo-memberships.ts';
import { updateUsers } from './update-users.ts';
import type { UserRows } from './user-row-context.ts';
import type { UserUndo } from './write-users.ts';

const userFields = pick(
  'users as u',
  'id',
  'name',
  'email',
  'first_name',
  'last_name',
  'phone',
  'phone2',
  'address',
  'locale',
  'version',
  'custom',
);

/** Another user was merged into them since the import, which can be undone for a day. */
const HAS_MERGED = `exists (select from user_aliases l
  where l.tenant_id = u.tenant_id and l.user_id = u.id and l.created_at > now() - interval '2 days')`;

export interface UndoneUser {
  row: UndoableRow;
  undo: UserUndo;
  /** As stored now, locked. */
  user: { id: string; name: string; email: string | null; version: number };
}

type Restored = UndoneUser & { user: Awaited<ReturnType<typeof lockUsers>>[number] };

/** The rows are undone from the last to the first of the file. */
export async function undoUsers(
  db: TenantDb,
  rows: UserRows,
  written: readonly UndoableRow[],
): Promise<WrittenRow[]> {
  const ids = written.flatMap(({ target_id }) => target_id ?? []);
  const users = new Map((await lockUsers(db, ids)).map((user) => [user.id, user]));
  const skipped = new Map<number, RowReason>();
  const found: Restored[] = [];
  for (const row of written) {
    const user = users.get(row.target_id!);
    const undo = (row.undo ?? {}) as UserUndo;
    if (!user) skipped.set(row.line, { code: 'undo_gone' });
    else if (user.has_merged || hasChanged(row, undo, user.version))
      skipped.set(row.line, { code: 'undo_changed' });
    else found.push({ row, undo, user });
  }
  const isOpen = ({ row }: UndoneUser) => !skipped.has(row.line);
  const created = () => found.filter((each) => isOpen(each) && each.row.result === 'created');
  await skipReferredUsers(db, created(), skipped);
  await undoMemberships(db, rows, found.filter(isOpen), skipped);
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

function hasChanged(
  { result, target_version }: UndoableRow,
  { details }: UserUndo,
  version: number,
): boolean {
  return (result === 'created' || details !== undefined) && version !== target_version;
}

function lockUsers(db: TenantDb, ids: readonly string[]) {
  const users = db.visible('users as u').whereRaw('u.id = any(?::uuid[])', [[...ids]]);
  return selectRows(users.where('u.audience', 'customer').orderBy('u.id').forUpdate('u'), {
    ...userFields,
    has_merged: db.raw<boolean>(HAS_MERGED),
  });
}

async function restoreUsers(db: TenantDb, rows: UserRows, restored: readonly Restored[]): Promise<void> {
  await updateUsers(
    db,
    restored.map(({ user: { id }, undo }) => ({ id, ...(undo.details as PlannedDetails) })),
  );
  const values = restored.flatMap(({ user: { id }, undo: { custom = {} } }) =>
    Object.keys(custom).length > 0 ? { id, values: custom } : [],
  );
  if (values.length > 0) storeCustomValues(db, 'user', rows.fields, values);
  recordAudits(
    db,
    rows.actor,
    restored.map(({ user, undo }): AuditEntry => ({
      event: 'user.updated',
      target: userTarget(user),
      changes: { ...changedFields(user, undo.details!), ...customChanges(rows, user, undo) },
    })),
  );
}

function customChanges({ fields }: UserRows, user: { custom: unknown }, { custom = {} }: UserUndo): Changes {
  const stored = readCustom(user);
  const changed = fields.filter(({ code }) => Object.hasOwn(custom, code));
  return Object.fromEntries(
    changed.map((field) => {
      const [before, after] = [stored[field.code] ?? null, custom[field.code]!];
      return [
        customFieldName(field),
        field.is_secret ? [before && MASKED, after && MASKED] : [before, after],
      ];
    }),
  );
}
