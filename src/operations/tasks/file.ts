import { Router, type Request } from 'express';
import { sendStoredCsv } from '../../documents/send-document.ts';
import { exportInput } from '../../domain/export/export.ts';
import { listTaskFiles } from '../../domain/file/stored-file.ts';
import { findTask } from '../../domain/task/task-queries.ts';
import { Forbidden, found, NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { exportedLists } from '../list-exports.ts';

export const taskFile = Router().param('id', idParam);

/** Only for the user who started the task and may still see the list. */
taskFile.get('/:id/file', may('export.create'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const [row, files] = await req.readTenant((db) => [findTask(db, req.user!.id, id), listTaskFiles(db, id)]);
  const { kind, state, input } = found(row);
  const task = exportInput.safeParse(input);
  if (kind !== 'export' || state !== 'done' || !task.success) throw new NotFound('The task has no file');
  if (files.length === 0) throw new NotFound('The file has expired');
  const { permission } = exportedLists[task.data.list];
  if (permission !== null && !req.actor.permissions.has(permission)) throw new Forbidden(permission);
  const keys = files.map(({ id: fileId, byte_count }) => ({
    id: fileId,
    tenantId: req.tenant.id,
    byte_count: byte_count!,
  }));
  for (const key of keys)
    if ((await req.fileStore.size(key)) !== key.byte_count)
      throw new Error(`The stored file ${key.id} is not whole`);
  await sendStoredCsv(res, task.data.title, req.fileStore, keys);
});
