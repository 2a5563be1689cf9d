import { Readable } from 'node:stream';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { detectFormat } from '../../src/domain/csv/detect-format.ts';
import type { ImportOptions } from '../../src/domain/import/import.ts';
import { startCheck, startImport, startUndo } from '../../src/domain/import/import-steps.ts';
import type { ImportKindName, ImportMode } from '../../src/domain/import/import-kind.ts';
import { importKinds } from '../../src/domain/import/kinds.ts';
import { findStaffActor } from '../../src/domain/role/staff-actor.ts';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { taskKinds } from '../../src/tasks/task-worker.ts';
import { fileStoreOf, runExports } from './exports.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';
import { changeTask } from './tasks.ts';

export interface TestImport {
  id: string;
  task: string;
}

interface ImportFile {
  kind?: ImportKindName;
  mode?: ImportMode;
  /** By default the first one of the kind. */
  key?: string;
  /** By default the headings are the names of the columns. */
  mapping?: readonly (string | null)[];
  options?: Partial<ImportOptions>;
}

/** Stores a file, by default of users, whose columns are matched. Returns the id of the import. */
export async function insertImport(
  portal: TestPortal,
  tenant: { id: string },
  requested_by: string | null,
  text: string | Buffer,
  { kind = 'users', mode = 'both', key = importKinds[kind].keys[0]!.name, mapping, options }: ImportFile = {},
): Promise<string> {
  const [id, file_id] = [newId(), newId()];
  const byte_count = await fileStoreOf(portal).put(
    { tenantId: tenant.id, id: file_id },
    Readable.from([text]),
  );
  const format = await detectFormat((from) =>
    fileStoreOf(portal).open({ tenantId: tenant.id, id: file_id }, { start: from }),
  );
  if (!format.ok) throw new Error(format.errors[0]!.code);
  const { encoding, delimiter, header } = format.format;
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('files', { id: file_id, expires_at: null, byte_count });
    await db.insertInto('imports', {
      id,
      kind,
      mode,
      key,
      file_id,
      file_name: 'people.csv',
      byte_count: BigInt(byte_count),
      encoding,
      delimiter,
      header: [...header],
      requested_by,
      mapping: JSON.stringify(mapping ?? header),
      options: JSON.stringify({ date_order: 'ymd', has_decimal_comma: false, ...options }),
    });
  });
  return id;
}

async function step(
  portal: TestPortal,
  tenant: { id: string },
  staff: string,
  start: (
    db: Parameters<typeof startCheck>[0],
    actor: Parameters<typeof startCheck>[1],
  ) => ReturnType<typeof startCheck>,
): Promise<string> {
  return inTenant(portal.database, tenant.id, async (db) => {
    const started = await start(db, (await findStaffActor(db, staff))!);
    if (!started.ok) throw new Error(JSON.stringify(started.errors));
    return started.task;
  });
}

export function queueCheck(portal: TestPortal, tenant: { id: string }, staff: string, id: string) {
  return step(portal, tenant, staff, (db, actor) => startCheck(db, actor, id));
}

export function queueImport(
  portal: TestPortal,
  tenant: { id: string },
  staff: string,
  id: string,
  is_all_or_nothing = false,
) {
  return step(portal, tenant, staff, (db, actor) => startImport(db, actor, id, { is_all_or_nothing }));
}

export function queueUndo(portal: TestPortal, tenant: { id: string }, staff: string, id: string) {
  return step(portal, tenant, staff, (db, actor) => startUndo(db, actor, id));
}

/** Runs one batch of a task. */
export async function runSlot(portal: TestPortal, tenantId: string, task: string): Promise<void> {
  const kinds = taskKinds({
    files: fileStoreOf(portal),
    secretKeys: portal.config.secretKeys,
    exportedLists,
  });
  const deps = { database: portal.database, log: createLog('silent'), kinds };
  await changeTask(portal, task, { due_at: new Date(0) });
  await runTaskSlot(deps, tenantId, { isStopping: () => true });
}

/** Runs the tasks that are due. */
export const runImports = runExports;

export interface ImportRow {
  line: number;
  verdict: string;
  result: string | null;
  target_id: string | null;
  target_name: string;
  errors: { column: string; value: string; code: string; params?: object }[];
  changes: Record<string, unknown>;
}

export function listImportRows(portal: TestPortal, id: string): Promise<ImportRow[]> {
  return sql<ImportRow>(portal, 'select * from import_rows where import_id = $1 order by line', [id]);
}

export async function findImportRow(portal: TestPortal, id: string) {
  const rows = await sql<{
    state: string;
    counts: Record<string, number>;
    error: string | null;
    task_id: string;
  }>(portal, 'select * from imports where id = $1', [id]);
  return rows[0]!;
}
