import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { finishTask, queueTask } from '../../src/domain/task/task-actions.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

export interface TaskRow {
  id: string;
  state: string;
  done: number;
  total: number | null;
  cursor: unknown;
  result: unknown;
  error: string | null;
  attempts: number;
  due_at: Date | null;
  requested_by: string | null;
  started_at: Date | null;
  finished_at: Date | null;
}

/** Queues a backfill and returns the id of the task. */
export function queueTestTask(
  portal: Pick<TestPortal, 'database'>,
  tenant: { id: string },
  requested_by: string | null = null,
  name = 'fold-users',
): Promise<string> {
  return inTenant(portal.database, tenant.id, (db) =>
    queueTask(db, { kind: 'backfill', input: { name }, requested_by }),
  );
}

/** A finished change of selected users, with the result of each. Returns the id of the task. */
export function insertBulkAction(
  portal: Pick<TestPortal, 'database'>,
  tenant: { id: string },
  requested_by: string,
  userIds: readonly string[],
): Promise<string> {
  return inTenant(portal.database, tenant.id, async (db) => {
    const input = { action: 'enable', title: 'Enable login', query: '{}', options: '{}', requested_by };
    const task_id = await queueTask(db, { kind: 'bulk-action', input, requested_by });
    const results = userIds.map((user_id) => ({ id: newId(), task_id, user_id, reason: 'already_enabled' }));
    await db.insertInto('bulk_results', results);
    await db.from('tasks').where({ id: task_id }).update({ done: userIds.length });
    await finishTask(db, task_id, { state: 'done', result: '{"changed":0,"skipped":1}' });
    return task_id;
  });
}

export async function findTaskRow(portal: TestPortal, id: string): Promise<TaskRow> {
  return (await sql<TaskRow>(portal, 'select * from tasks where id = $1', [id]))[0]!;
}

export async function changeTask(portal: TestPortal, id: string, columns: Partial<TaskRow>): Promise<void> {
  const names = Object.keys(columns);
  const assignments = names.map((name, n) => `${name} = $${n + 2}`).join(', ');
  const values = Object.values(columns).map((value) =>
    typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value,
  );
  await sql(portal, `update tasks set ${assignments} where id = $1`, [id, ...values]);
}
