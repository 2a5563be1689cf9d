import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueTask, taskTarget } from '../task/task-actions.ts';
import { exportTitles, MAX_STREAMED_ROWS, type ExportName, type OpenExport } from './export.ts';

/** Returns whether the rows can be written to the response. Only then the export is recorded. */
export async function startStreamedExport(
  db: TenantDb,
  actor: Actor,
  list: ExportName,
  opened: OpenExport,
): Promise<boolean> {
  const rows = await opened.count(db, MAX_STREAMED_ROWS);
  if (rows > MAX_STREAMED_ROWS) return false;
  recordExport(db, actor, list, opened, rows);
  return true;
}

/** The file has been written or is about to be sent. */
export function recordExport(
  db: TenantDb,
  actor: Actor,
  list: ExportName,
  opened: OpenExport,
  rows: number,
  target?: ReturnType<typeof taskTarget>,
): void {
  recordAudit(db, actor, {
    event: 'export.created',
    ...(target && { target }),
    changes: changesOf(list, opened, { rows }),
  });
}

/** Returns the id of the task that writes the file. */
export async function requestExport(
  db: TenantDb,
  actor: Actor,
  { list, query, columns }: { list: ExportName; query: string; columns: string },
  opened: OpenExport,
): Promise<{ ok: true; task: string }> {
  const input = {
    list,
    title: exportTitles[list],
    query,
    columns,
    requested_by: actor.id!,
    secret_fields: opened.secrets.join(', '),
  };
  const task = { kind: 'export', input } as const;
  const id = await queueTask(db, { ...task, requested_by: actor.id });
  recordAudit(db, actor, {
    event: 'export.requested',
    target: taskTarget({ id, ...task }),
    changes: changesOf(list, opened),
  });
  return { ok: true, task: id };
}

function changesOf(
  list: ExportName,
  { headings, secrets, filters }: OpenExport,
  counts: { rows?: number } = {},
) {
  return {
    list: exportTitles[list],
    filters,
    columns: headings.join(', '),
    ...(secrets.length > 0 && { secret_fields: secrets.join(', ') }),
    ...counts,
  };
}
