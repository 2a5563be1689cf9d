import { Router, type Request } from 'express';
import { sendStoredCsv } from '../../documents/send-document.ts';
import { exportInput } from '../../domain/export/export.ts';
import { listTaskFiles } from '../../domain/file/stored-file.ts';
import type { StaffPermission } from '../../domain/role/permissions.ts';
import { findTask } from '../../domain/task/task-queries.ts';
import { filePermissions, type TaskParams } from '../../domain/task/task.ts';
import { Forbidden, found, NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { exportedLists } from '../list-exports.ts';

export const taskFile = Router().param('id', idParam);

/** Only for the user who started the task and may still see what it lists. */
taskFile.get(
  '/:id/file',
  may('export.create', 'custom_fields.edit'),
  async (req: Request<{ id: string }>, res) => {
    const { id } = req.params;
    const [row, files] = await req.readTenant((db) => [
      findTask(db, req.user!.id, id),
      listTaskFiles(db, id),
    ]);
    const task = found(row);
    const permission = filePermissions[task.kind];
    if (task.state !== 'done' || permission === undefined) throw new NotFound('The task has no file');
    for (const each of [permission, ...(task.kind === 'export' ? listPermissions(task.input) : [])])
      if (!req.actor.permissions.has(each)) throw new Forbidden(each);
    if (files.length === 0) throw new NotFound('The file has expired');
    const keys = files.map(({ id: fileId, byte_count }) => ({
      id: fileId,
      tenantId: req.tenant.id,
      byte_count: byte_count!,
    }));
    for (const key of keys)
      if ((await req.fileStore.size(key)) !== key.byte_count)
        throw new Error(`The stored file ${key.id} is not whole`);
    await sendStoredCsv(res, String(task.input['title']), req.fileStore, keys);
  },
);

function listPermissions(input: TaskParams): StaffPermission[] {
  const task = exportInput.safeParse(input);
  if (!task.success) throw new NotFound('The task has no file');
  const { permission } = exportedLists[task.data.list];
  return [
    ...(permission === null ? [] : [permission]),
    ...(task.data.secret_fields === '' ? [] : (['custom_fields.reveal'] as const)),
  ];
}
