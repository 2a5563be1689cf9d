import { csvLines, moreCsvLines } from '../csv.ts';
import { InvalidFilter } from '../database/list.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { PagePosition } from '../database/paginate.ts';
import type { Actor } from '../domain/actor.ts';
import { listTenantFields } from '../domain/custom-field/custom-field-queries.ts';
import { recordExport } from '../domain/export/export-actions.ts';
import {
  exportInput,
  type ExportedLists,
  type ExportInput,
  type OpenExport,
} from '../domain/export/export.ts';
import { keepTaskFiles, placeTaskFile, writeTaskFile } from '../domain/file/stored-file.ts';
import { findStaffActor } from '../domain/role/staff-actor.ts';
import { taskTarget } from '../domain/task/task-actions.ts';
import type { FileStore } from '../files/file-store.ts';
import { TaskFailed, type Progress, type TaskKind } from './task-kind.ts';

/** So that one part is written within a second and fits in memory. */
const MIN_PART_ROWS = 5_000;

export interface ExportDeps {
  files: FileStore;
  secretKeys: readonly string[];
  exportedLists: ExportedLists;
}

export interface ExportCursor {
  place: PagePosition | null;
  /** Number of parts. */
  parts: number;
  isComplete: boolean;
}

/**
 * Writes the rows as several files, one for each batch, which a download reads one after the other: a batch that is
 * repeated leaves no half-written rows behind.
 */
export function exportKind(deps: ExportDeps): TaskKind<ExportInput, ExportCursor> {
  return {
    input: exportInput,
    run: async function* (input, progress, tenant, taskId) {
      const { files } = deps;
      const { actor, opened } = await openExport(deps, input, tenant);
      let { total, done, cursor } = await begin(opened, progress, tenant);
      const rows = opened.batches((build) => tenant.readTenant(build), cursor.place);
      while (!cursor.isComplete) {
        const part = await readPart(opened, rows, cursor);
        const file = await writeTaskFile(files, tenant, taskId, part.text);
        const { parts } = cursor;
        cursor = part.cursor;
        done += part.rows;
        const after = { cursor, done, total };
        yield async (db) => {
          await placeTaskFile(db, file, parts);
          if (after.cursor.isComplete) {
            await keepTaskFiles(db, taskId);
            const target = taskTarget({ id: taskId, kind: 'export', input });
            recordExport(db, actor, input.list, opened, after.done, target);
          }
          return after;
        };
      }
      return { rows: done };
    },
  };
}

/** Each slot checks again what the requester may do. */
async function openExport(
  { exportedLists, secretKeys }: ExportDeps,
  { list: name, query, columns, requested_by }: ExportInput,
  tenant: TenantAccess,
): Promise<{ actor: Actor; opened: OpenExport }> {
  const list = exportedLists[name];
  const { actor, currency, fields } = await tenant.inTenant(async (db) => ({
    actor: await findStaffActor(db, requested_by),
    currency: (await db.tenant())[0]!.currency,
    fields: list.hasFields ? await listTenantFields(db) : [],
  }));
  const isPermitted =
    actor?.permissions.has('export.create') &&
    (list.permission === null || actor.permissions.has(list.permission));
  if (!actor || !isPermitted) throw new TaskFailed('not_permitted');
  const context = {
    can: (permission: string) => actor.permissions.has(permission),
    userId: requested_by,
    currency,
    secretKeys,
  };
  const opened = openList(() => list.open({ query, columns: columns.split(',') }, context, fields));
  return { actor, opened };
}

/** A custom field may have been retired, or one of its choices deleted, since the export was requested. */
function openList(open: () => OpenExport): OpenExport {
  try {
    const opened = open();
    if (opened.headings.length > 0 && opened.isUnderstood) return opened;
  } catch (error) {
    if (!(error instanceof InvalidFilter)) throw error;
  }
  throw new TaskFailed('list_changed');
}

async function begin(
  opened: OpenExport,
  { cursor, done, total }: Progress<ExportCursor>,
  tenant: TenantAccess,
) {
  if (cursor) return { cursor, done, total };
  const first: ExportCursor = { place: null, parts: 0, isComplete: false };
  return { cursor: first, done: 0, total: await tenant.inTenant((db) => opened.count(db)) };
}

async function readPart(
  { headings }: OpenExport,
  batches: ReturnType<OpenExport['batches']>,
  { place, parts }: ExportCursor,
) {
  const part = {
    text: parts === 0 ? csvLines([headings]) : '',
    rows: 0,
    cursor: { place, parts: parts + 1, isComplete: false },
  };
  while (part.rows < MIN_PART_ROWS) {
    const { value, done } = await batches.next();
    if (done) return { ...part, cursor: { ...part.cursor, isComplete: true } };
    part.text += moreCsvLines(value.rows);
    part.rows += value.rows.length;
    part.cursor.place = value.place;
  }
  return part;
}
