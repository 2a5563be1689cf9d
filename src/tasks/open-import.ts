import * as z from 'zod';
import { analyzeChangedTables } from '../database/analyze-changed-tables.ts';
import { pick, selectRow } from '../database/columns.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { systemActor, type Actor } from '../domain/actor.ts';
import type { OpenContent } from '../domain/csv/csv-format.ts';
import type { OpenRows } from '../domain/import/import-engine.ts';
import { findImport, type Import } from '../domain/import/import-queries.ts';
import type { ImportState } from '../domain/import/import.ts';
import { importKinds } from '../domain/import/kinds.ts';
import { rowKinds } from '../domain/import/row-kinds.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { findStaffActor } from '../domain/role/staff-actor.ts';
import type { FileStore } from '../files/file-store.ts';
import { TaskFailed } from './task-kind.ts';

export interface ImportDeps {
  files: FileStore;
  secretKeys: readonly string[];
}

export const importInput = z.object({
  import_id: z.string(),
  file: z.string(),
  /** Empty for the command line. */
  requested_by: z.string(),
});

export type ImportInput = z.infer<typeof importInput>;

export interface OpenImport {
  row: Import;
  actor: Actor;
  rows: OpenRows;
  open: OpenContent;
}

/** Each slot checks again what the requester may do. */
export function openImport(
  { files, secretKeys }: ImportDeps,
  { import_id, requested_by }: ImportInput,
  tenant: TenantAccess,
  state: ImportState,
): Promise<OpenImport> {
  return tenant.inTenant(async (db) => {
    const row = await findImport(db, import_id);
    if (!row || row.state !== state || row.mapping === null) throw new TaskFailed('import_changed');
    const actor = await findActor(db, requested_by, importKinds[row.kind].permissions);
    const kind = rowKinds[row.kind];
    if (!actor || !kind) throw new TaskFailed('not_permitted');
    const columns = row.mapping.flatMap((name) => name ?? []);
    const { mode, options, key } = row;
    const rows = await kind.open(db, {
      import_id,
      actor,
      mode,
      key: key ?? '',
      columns,
      options,
      secretKeys,
    });
    const { file_id } = row;
    if (file_id === null) throw new TaskFailed('import_file_gone');
    const { tenantId } = db;
    return {
      row,
      actor,
      rows,
      open: (from: number) => files.open({ tenantId, id: file_id }, { start: from }),
    };
  });
}

async function findActor(
  db: TenantDb,
  id: string,
  permissions: readonly StaffPermission[],
): Promise<Actor | undefined> {
  if (id === '') return systemActor('Command line');
  const actor = await findStaffActor(db, id);
  const needed = ['imports.create', ...permissions];
  return actor && needed.every((each) => actor.permissions.has(each)) ? actor : undefined;
}

/** Locks the import for a batch of rows, with statistics that know those of earlier batches. */
export async function startBatch(db: TenantDb, id: string, state: ImportState): Promise<void> {
  analyzeChangedTables(db);
  await lockInState(db, id, state);
}

/** Locks the import in the transaction of a batch, which a cancellation then waits for or has prevented. */
export async function lockInState(db: TenantDb, id: string, state: ImportState): Promise<void> {
  const imports = db.from('imports').where({ id, state }).forUpdate();
  if (!(await selectRow(imports, pick('imports', 'id')))) throw new TaskFailed('import_changed');
}
