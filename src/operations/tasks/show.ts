import { Router, type Request } from 'express';
import { cancelTask } from '../../domain/task/task-actions.ts';
import { findTask } from '../../domain/task/task-queries.ts';
import { filePermissions, isUnfinished, taskTexts, taskErrorText } from '../../domain/task/task.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { signedIn } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { refreshPage } from '../../http/refresh-page.ts';
import { seeOther } from '../../http/see-other.ts';
import { taskBadges } from '../badges.ts';

type TaskRequest = Request<{ id: string }>;

const REFRESH_SECONDS = 3;

export const task = Router().param('id', idParam);

task.get('/:id', signedIn, async (req: TaskRequest, res) => {
  const [row] = await req.readTenant((db) => [findTask(db, req.user!.id, req.params.id)]);
  const task = found(row);
  const permission = task.state === 'done' ? filePermissions[task.kind] : undefined;
  const hasFile = permission !== undefined;
  const isRefreshing = isUnfinished(task) && refreshPage(req, res, REFRESH_SECONDS);
  const { title, result } = taskTexts(task);
  res.page('operations/tasks/show', {
    title,
    title_params: task.input,
    task,
    kind_title: title,
    result_text: result,
    error_text: task.error && taskErrorText(task.error),
    state_badge: taskBadges[task.state],
    is_unfinished: isUnfinished(task),
    is_refreshing: isRefreshing,
    has_file: hasFile,
    file_expires_at: permission && req.actor.permissions.has(permission) ? task.file_expires_at : null,
  });
});

task.post('/:id/cancellation', signedIn, async (req: TaskRequest, res) => {
  const isCancelled = await req.inTenant((db) => cancelTask(db, req.actor, req.params.id));
  if (isCancelled) flash(req, res, 'The task was cancelled.');
  else flash(req, res, 'The task had already finished.', { kind: 'info' });
  await seeOther(req, res, `/tasks/${req.params.id}`);
});
