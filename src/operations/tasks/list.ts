import { Router } from 'express';
import { taskList } from '../../domain/task/task-list.ts';
import { kindTexts } from '../../domain/task/task.ts';
import { signedIn } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { taskBadges } from '../badges.ts';

export const tasks = Router();

tasks.get('/', signedIn, async (req, res) => {
  const list = await readList(req, res, taskList, { requested_by: req.user!.id });
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [taskList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/tasks/list', {
    title: 'Your tasks',
    tasks: rows.map((task) => ({
      ...task,
      title: kindTexts(task.kind).title,
      state_badge: taskBadges[task.state],
    })),
    ...links,
  });
});
