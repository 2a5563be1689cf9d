import type { Knex } from 'knex';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Task } from './task.ts';

export const taskOrders = { created: { columns: ['t.id'], fields: ['id'] } } as const;

const columns = {
  id: 't.id',
  kind: 't.kind',
  input: 't.input',
  state: 't.state',
  done: 't.done',
  total: 't.total',
  result: 't.result',
  error: 't.error',
  requested_by_name: 'u.name',
  created_at: 't.created_at',
  started_at: 't.started_at',
  finished_at: 't.finished_at',
};

export function listTaskPage(
  db: TenantDb,
  requestedBy: string,
  order: Order,
  page: { place: PagePosition | null; size: number },
): Knex.QueryBuilder<Task, Task[]> {
  return paginate(tasksOf(db, requestedBy), order, page) as unknown as Knex.QueryBuilder<Task, Task[]>;
}

export function findTask(
  db: TenantDb,
  requestedBy: string,
  id: string,
): Knex.QueryBuilder<Task, Task | undefined> {
  return tasksOf(db, requestedBy).where('t.id', id).first() as unknown as Knex.QueryBuilder<
    Task,
    Task | undefined
  >;
}

/** Only the user who started a task sees it. */
function tasksOf(db: TenantDb, requestedBy: string) {
  return db
    .from('tasks as t')
    .join('users as u', { 'u.tenant_id': 't.tenant_id', 'u.id': 't.requested_by' })
    .where('t.requested_by', requestedBy)
    .select(columns);
}
