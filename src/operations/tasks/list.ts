import { Router } from 'express';
import { pageOf } from '../../database/paginate.ts';
import { listTaskPage, taskOrders } from '../../domain/task/task-queries.ts';
import { kindTexts, taskTone } from '../../domain/task/task.ts';
import { signedIn } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';

export const tasks = Router();

tasks.get('/', signedIn, async (req, res) => {
  const list = readList(req, res, { orders: taskOrders, sort: '-created', filters: {} });
  if (!list) return;
  const [rows] = await req.readTenant((db) => [listTaskPage(db, req.user!.id, list.order, list)]);
  const page = pageOf(rows, list.order, list);
  res.page('operations/tasks/list', {
    title: 'Your tasks',
    tasks: page.rows.map((task) => ({
      ...task,
      title: kindTexts(task.kind).title,
      state_tone: taskTone(task.state),
    })),
    ...list.pager(page),
  });
});
