import type { Knex } from 'knex';
import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { TaskErrorCode, TaskParams } from './task.ts';

export const taskColumns = {
  ...pick('tasks as t', 'id', 'kind', 'state', 'done', 'total', 'created_at', 'started_at', 'finished_at'),
  input: column('tasks as t', 'input') as Column<TaskParams>,
  result: column('tasks as t', 'result') as Column<TaskParams | null>,
  error: column('tasks as t', 'error') as Column<TaskErrorCode | null>,
  requested_by_name: column('users as u', 'name'),
};

/** Null without a file that can be read. */
const FILE_EXPIRES_AT = `(select min(f.expires_at) from files f
  where f.tenant_id = ? and f.task_id = t.id and f.position is not null and f.expires_at > now())`;

export function joinRequester(tasks: Knex.QueryBuilder): void {
  void tasks.join('users as u', { 'u.tenant_id': 't.tenant_id', 'u.id': 't.requested_by' });
}

/** Only the user who started a task sees it. */
export function findTask(db: TenantDb, requestedBy: string, id: string) {
  const task = db.from('tasks as t').where({ 't.requested_by': requestedBy, 't.id': id });
  joinRequester(task);
  return selectRow(task, {
    ...taskColumns,
    file_expires_at: db.raw<Date | null>(FILE_EXPIRES_AT, [db.tenantId]),
  });
}
