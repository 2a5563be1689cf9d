import { Router, type Request } from 'express';
import type { BulkActionName } from '../../domain/bulk-action/bulk-action.ts';
import { listBulkResults } from '../../domain/bulk-action/bulk-result-queries.ts';
import { cancelTask } from '../../domain/task/cancel-task.ts';
import { findTask } from '../../domain/task/task-queries.ts';
import { filePermissions, isUnfinished, taskTexts, taskErrorText } from '../../domain/task/task.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { signedIn } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { refreshPage } from '../../http/refresh-page.ts';
import { seeOther } from '../../http/see-other.ts';
import { taskBadges } from '../badges.ts';
import { skipReasonText } from '../skip-reasons.ts';

type TaskRequest = Request<{ id: string }>;

const REFRESH_SECONDS = 3;
/** Of selected users. */
const emailActions: readonly string[] = ['send-invitation', 'send-message'] satisfies BulkActionName[];
/** On the page of a task. */
const MAX_SKIPPED = 100;

export const task = Router().param('id', idParam);

task.get('/:id', signedIn, async (req: TaskRequest, res) => {
  const { id } = req.params;
  const { permissions } = req.actor;
  const maySeeUsers = permissions.has('users.view');
  const [row, skipped = []] = await req.readTenant((db) => [
    findTask(db, req.user!.id, id),
    ...(maySeeUsers ? [listBulkResults(db, id, { limit: MAX_SKIPPED + 1, isSkipped: true })] : []),
  ]);
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
    has_queued_emails:
      task.state === 'cancelled' && task.done > 0 && emailActions.includes(String(task.input['action'])),
    skipped: skipped
      .slice(0, MAX_SKIPPED)
      .map(({ reason, ...user }) => ({ ...user, reason_text: skipReasonText(reason!) })),
    has_more_skipped: skipped.length > MAX_SKIPPED,
    has_results: task.kind === 'bulk-action' && maySeeUsers && permissions.has('export.create'),
    has_file: hasFile,
    file_expires_at: permission && permissions.has(permission) ? task.file_expires_at : null,
  });
});

task.post('/:id/cancellation', signedIn, async (req: TaskRequest, res) => {
  const isCancelled = await req.inTenant((db) => cancelTask(db, req.actor, req.params.id));
  if (isCancelled) flash(req, res, 'The task was cancelled.');
  else flash(req, res, 'The task had already finished.', { kind: 'info' });
  await seeOther(req, res, `/tasks/${req.params.id}`);
});
