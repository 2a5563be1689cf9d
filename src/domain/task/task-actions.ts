import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit, type Queue } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { expireTaskFiles } from '../file/stored-file.ts';
import { endImportOf } from '../import/end-import.ts';
import { taskTexts, type TaskKindName, type TaskParams } from './task.ts';

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
