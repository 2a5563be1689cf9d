import { column, pick, selectRow, selectRows, type Column } from '../../database/columns.ts';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { TaskErrorCode, TaskParams } from './task.ts';

export const taskOrders = { created: { columns: ['t.id'], fields: ['id'] } } as const;

const columns = {
  ...pick('tasks as t', 'id', 'kind', 'state', 'done', 'total', 'created_at', 'started_at', 'finished_at'),
  input: column('tasks as t', 'input') as Column<TaskParams>,
  result: column('tasks as t', 'result') as Column<TaskParams | null>,
  error: column('tasks as t', 'error') as Column<TaskErrorCode | null>,
  requested_by_name: column('users as u', 'name'),
};

export function listTaskPage(
  db: TenantDb,
  requestedBy: string,
  order: Order,
  page: { place: PagePosition | null; size: number },
) {
  return paginate(selectRows(tasksOf(db, requestedBy), columns), order, page);
}

export function findTask(db: TenantDb, requestedBy: string, id: string) {
  return selectRow(tasksOf(db, requestedBy).where('t.id', id), columns);
}

/** Only the user who started a task sees it. */
function tasksOf(db: TenantDb, requestedBy: string) {
  return db
    .from('tasks as t')
    .join('users as u', { 'u.tenant_id': 't.tenant_id', 'u.id': 't.requested_by' })
    .where('t.requested_by', requestedBy);
}
