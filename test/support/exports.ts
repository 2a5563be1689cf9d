import { accessTenant, inTenant } from '../../src/database/in-tenant.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { requestExport } from '../../src/domain/export/export-actions.ts';
import type { CustomField } from '../../src/domain/custom-field/custom-field-queries.ts';
import type { ExportName } from '../../src/domain/export/export.ts';
import { placeTaskFile, writeTaskFile } from '../../src/domain/file/stored-file.ts';
import { findStaffActor } from '../../src/domain/role/staff-actor.ts';
import { finishTask } from '../../src/domain/task/task-actions.ts';
import { openFileStore, type FileStore } from '../../src/files/file-store.ts';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { runDueTasks, taskKinds } from '../../src/tasks/task-worker.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

/** Finished tasks, whose list is the cheapest to fill. */
export async function insertTasks(
  portal: TestPortal,
  tenant: { id: string },
  requestedBy: string,
  count: number,
): Promise<void> {
  await sql(
    portal,
    `insert into tasks (tenant_id, id, kind, input, state, done, due_at, requested_by)
     select $1, gen_random_uuid(), 'backfill', '{"name": "fold-users"}', 'done', n, null, $2
     from generate_series(1, $3::int) n`,
    [tenant.id, requestedBy, count],
  );
}

export function openExport(
  actor: Actor,
  name: ExportName,
  params: Record<string, string>,
  columns: string,
  fields: readonly CustomField[] = [],
) {
  const list = exportedLists[name];
  const query = list.parse(params, { time_zone: 'UTC', userId: actor.id!, ids: null }, fields);
  const context = {
    can: (permission: string) => actor.permissions.has(permission),
    userId: actor.id!,
    currency: 'USD',
    secretKeys: [],
  };
  return { query, opened: list.open({ query, columns: columns.split(',') }, context, fields) };
}

/** Queues the task as the form does, and returns its id. */
export async function queueExport(
  portal: TestPortal,
  tenant: { id: string },
  requestedBy: string,
  { list, params = {}, columns }: { list: ExportName; params?: Record<string, string>; columns: string },
  fields: readonly CustomField[] = [],
): Promise<string> {
  return inTenant(portal.database, tenant.id, async (db) => {
    const actor = (await findStaffActor(db, requestedBy))!;
    const { query, opened } = openExport(actor, list, params, columns, fields);
    return (await requestExport(db, actor, { list, query, columns }, opened)).task;
  });
}

export function fileStoreOf(portal: TestPortal): FileStore {
  return openFileStore(portal.config.filesUrl);
}

export function runExports(portal: TestPortal): Promise<void> {
  const kinds = taskKinds({
    files: fileStoreOf(portal),
    secretKeys: portal.config.secretKeys,
    exportedLists,
  });
  return runDueTasks({ database: portal.database, log: createLog('silent') }, kinds);
}

/** A finished task with its file, without a worker. Returns the id of the task. */
export async function insertExport(
  portal: TestPortal,
  tenant: { id: string },
  requestedBy: string,
): Promise<string> {
  const id = await queueExport(portal, tenant, requestedBy, { list: 'tasks', columns: 'task' });
  const access = accessTenant(portal.database, tenant.id);
  const file = await writeTaskFile(fileStoreOf(portal), access, id, 'Task');
  await access.inTenant(async (db) => {
    await placeTaskFile(db, file, 0);
    await finishTask(db, id, { state: 'done', result: '{"rows":0}' });
  });
  return id;
}
