import { Router } from 'express';
import { taskList } from '../../domain/task/task-list.ts';
import { kindTexts } from '../../domain/task/task.ts';
import { signedIn } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { taskTone } from '../badges.ts';

export const tasks = Router();

tasks.get('/', signedIn, async (req, res) => {
  const list = await readList(req, res, taskList, { requested_by: req.user!.id });
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [taskList.rows(db, list.query, list.place)]);
  const { rows, ...links } = list.page(fetched);
  res.page('operations/tasks/list', {
    title: 'Your tasks',
    tasks: rows.map((task) => ({
      ...task,
      title: kindTexts(task.kind).title,
      state_tone: taskTone(task.state),
    })),
    ...links,
  });
});
