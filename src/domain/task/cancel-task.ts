import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { undoCancelledImport } from '../import/cancel-import.ts';
import { lockImportOf } from '../import/end-import.ts';
import { finishTask, taskTarget } from './task-actions.ts';
import { isUnfinished, type TaskParams } from './task.ts';

const targetColumns = {
  ...pick('tasks', 'id', 'kind', 'state'),
  input: column('tasks', 'input') as Column<TaskParams>,
};

/**
 * Ends the lease, so that a running batch is rolled back. Returns false if the task has finished already.
 * @throws {NotFound} unless the actor started the task
 */
export async function cancelTask(db: TenantDb, actor: Actor, id: string): Promise<boolean> {
  lockImportOf(db, id);
  const mine = db.from('tasks').where({ id, requested_by: actor.id }).forUpdate();
  const task = found(await selectRow(mine, targetColumns));
  if (!isUnfinished(task)) return false;
  await finishTask(db, task.id, { state: 'cancelled' });
  recordAudit(db, actor, { event: 'task.cancelled', target: taskTarget(task) });
  await undoCancelledImport(db, actor, id);
  return true;
}
