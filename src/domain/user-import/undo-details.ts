import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { applyStaffEmailChanges } from '../user/change-email.ts';
import { userTarget } from '../user/user.ts';
import { storeEmails } from './change-emails.ts';
import type { PlannedDetails } from './plan-users.ts';
import type { RowReason, UndoableRow } from '../import/row.ts';
import type { Restored, UndoneUser } from './undo-users.ts';
import { hasLogin } from '../import/references.ts';
import type { UserRows } from './user-row-context.ts';
import { removeLabels } from './write-labels.ts';

/** Gives changed people their former address; those with a login since, or whose address is taken, are added to `skipped`. */
export async function undoEmails(
  db: TenantDb,
  { actor }: UserRows,
  people: readonly Restored[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  const restored: { row: UndoableRow; user: Restored['user']; details: PlannedDetails; id: string }[] = [];
  for (const { row, undo, user } of people) {
    const details = undo.details as PlannedDetails | undefined;
    if (!details || details.email === user.email) continue;
    if (user.has_password || user.access === 'active') skipped.set(row.line, hasLogin);
    else restored.push({ row, user, details, id: user.id });
  }
  const taken = await storeEmails(db, restored);
  for (const { row, id } of restored)
    if (taken.has(id)) skipped.set(row.line, { code: 'undo_address_taken' });
  await applyStaffEmailChanges(
    db,
    actor,
    restored
      .filter(({ id }) => !taken.has(id))
      .map(({ user, details: { email } }) => ({
        before: { ...user, audience: 'customer' },
        after: { id: user.id, name: user.name, email },
      })),
  );
}

/** Takes away the labels that the import added. */
export function undoLabels(db: TenantDb, { actor }: UserRows, people: readonly UndoneUser[]): void {
  const labelled = people.flatMap(({ user, undo: { labels } }) => (labels ? [{ user, labels }] : []));
  if (labelled.length === 0) return;
  removeLabels(
    db,
    labelled.map(({ user, labels }) => ({ user_id: user.id, labels: labels.added })),
  );
  recordAudits(
    db,
    actor,
    labelled.map(({ user, labels }) => ({
      event: 'user.labels_changed',
      target: userTarget(user),
      changes: { labels: [labels.after, labels.before] },
    })),
  );
}
