import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { finishTask } from '../task/task-actions.ts';
import { isUnfinished, type TaskState } from '../task/task.ts';
import { findImport, type Import } from './import-queries.ts';
import { presentState } from './import-state.ts';
import { lockImport, queueUndo, recordStep, setState } from './import-steps.ts';

/**
 * What was imported before stays, and can be undone; of all or nothing, it is undone. Returns null if there is nothing
 * to cancel.
 */
export async function cancelImport(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<'cancelled' | 'undoing' | null> {
  const row = await lockImport(db, id);
  const state = presentState(row);
  if (!['uploaded', 'checking', 'checked', 'importing', 'undoing'].includes(state)) return null;
  if (row.task_id !== null && (await isOpen(db, row.task_id)))
    await finishTask(db, row.task_id, { state: 'cancelled' });
  await setState(db, id, 'cancelled');
  recordStep(db, actor, row, 'import.cancelled');
  return (await undoAllOrNothing(db, actor, row)) ? 'undoing' : 'cancelled';
}

/** The same for an import whose task was cancelled. It is locked. */
export async function undoCancelledImport(db: TenantDb, actor: Actor, task_id: string): Promise<void> {
  const found = await selectRow(db.from('imports').where({ task_id }), pick('imports', 'id'));
  const row = found && (await findImport(db, found.id));
  if (row) await undoAllOrNothing(db, actor, row);
}

async function undoAllOrNothing(db: TenantDb, actor: Actor, row: Import): Promise<boolean> {
  const { created = 0, updated = 0, undone = 0 } = row.counts;
  if (!row.is_all_or_nothing || created + updated <= undone) return false;
  await queueUndo(db, actor, row);
  return true;
}

/** Locks the task, so that a running batch ends before or is rolled back. */
async function isOpen(db: TenantDb, id: string): Promise<boolean> {
  const task = await selectRow(db.from('tasks').where({ id }).forUpdate(), pick('tasks', 'state'));
  return task !== undefined && isUnfinished(task as { state: TaskState });
}
