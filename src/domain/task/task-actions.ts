import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit, type Queue } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { expireTaskFiles } from '../file/stored-file.ts';
import { endImportOf, lockImportOf } from '../import/end-import.ts';
import { isUnfinished, taskTexts, type TaskKindName, type TaskParams } from './task.ts';

/** Every batch of a task renews the lease. */
export const taskQueue: Queue<'tasks'> = { table: 'tasks', leaseSeconds: 30 };

export interface NewTask {
  kind: TaskKindName;
  input: TaskParams;
  requested_by: string | null;
}

/** Returns the id. The worker starts the task after the commit. */
export async function queueTask(db: TenantDb, task: NewTask): Promise<string> {
  const row = newTaskRow(task);
  await db.insertInto('tasks', row);
  wakeAfterCommit(db, taskQueue);
  return row.id;
}

export function newTaskRow({ kind, input, requested_by }: NewTask) {
  return { id: newId(), kind, input: JSON.stringify(input), requested_by };
}

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
  return true;
}

export async function finishTask(
  db: TenantDb,
  id: string,
  columns: { state: 'done' | 'failed' | 'cancelled'; error?: string | null; result?: string },
): Promise<void> {
  if (columns.state !== 'done') {
    endImportOf(db, id, columns.state);
    await expireTaskFiles(db, id);
  }
  await db
    .from('tasks')
    .where({ id })
    .update({ ...columns, due_at: null, finished_at: db.raw('now()') });
}

export function taskTarget({ id, kind, input }: { id: string; kind: string; input: TaskParams }) {
  const title = taskTexts({ kind, input }).title.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(input[name] ?? ''),
  );
  return { type: 'task', id, name: title } as const;
}
