import { Router, type Request } from 'express';
import type { CsvRows } from '../../csv.ts';
import { sendCsv } from '../../documents/send-document.ts';
import { listBulkResults } from '../../domain/bulk-action/bulk-result-queries.ts';
import { findTask } from '../../domain/task/task-queries.ts';
import { taskTexts } from '../../domain/task/task.ts';
import { Forbidden, found, NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { skipReasonText } from '../skip-reasons.ts';

export const taskResults = Router().param('id', idParam);

const BATCH_SIZE = 1_000;

/** What a change of selected users did with each of them, so far. */
taskResults.get('/:id/results', may('export.create'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  if (!req.actor.permissions.has('users.view')) throw new Forbidden('users.view');
  const [row, first] = await req.readTenant((db) => [
    findTask(db, req.user!.id, id),
    listBulkResults(db, id, { limit: BATCH_SIZE }),
  ]);
  const task = found(row);
  if (task.kind !== 'bulk-action') throw new NotFound('The task has no results');
  const { title } = taskTexts(task);
  await sendCsv(
    res,
    title.replace('{title}', String(task.input['title'])),
    ['Name', 'Email', 'Result', 'Reason'],
    readResults(req, id, first),
  );
});

type Results = Awaited<ReturnType<typeof listBulkResults>>;

async function* readResults(req: Request, id: string, first: Results): AsyncGenerator<CsvRows> {
  let rows = first;
  yield rows.map(resultCells);
  while (rows.length === BATCH_SIZE) {
    const after = rows.at(-1)!.id;
    [rows] = await req.readTenant((db) => [listBulkResults(db, id, { after, limit: BATCH_SIZE })]);
    yield rows.map(resultCells);
  }
}

function resultCells({ name, email, reason }: Results[number]) {
  return [name, email, reason === null ? 'Done' : 'Skipped', reason && skipReasonText(reason)];
}
