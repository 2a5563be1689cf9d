import type { TenantDb } from '../database/tenant-db.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { listUndoableRows, saveResults } from '../domain/import/import-rows.ts';
import { addCounts, type ImportCounts } from '../domain/import/import-state.ts';
import { importTarget, setState } from '../domain/import/import-steps.ts';
import {
  importInput,
  lockInState,
  openImport,
  startBatch,
  type ImportDeps,
  type ImportInput,
  type OpenImport,
} from './open-import.ts';
import type { TaskKind } from './task-kind.ts';

export interface UndoProgress {
  /** The line above which every row is undone or skipped. */
  before: number | null;
  counts: ImportCounts;
  isComplete: boolean;
}

/** From the last row to the first, so that a further company of a person is removed before the person. */
export function importUndoKind(deps: ImportDeps): TaskKind<ImportInput, UndoProgress> {
  return {
    input: importInput,
    async *run(input, stored, tenant) {
      const opened = await openImport(deps, input, tenant, 'undoing');
      const { row, actor } = opened;
      const { created = 0, updated = 0, undone = 0, skipped = 0 } = row.counts;
      const total = stored.total ?? created + updated - undone - skipped;
      let done = stored.done;
      let cursor = stored.cursor ?? { before: null, counts: row.counts, isComplete: false };
      while (!cursor.isComplete) {
        const before = cursor;
        let rows = 0;
        yield async (db) => {
          await startBatch(db, row.id, 'undoing');
          cursor = await undoBatch(db, opened, before);
          rows = countOf(cursor.counts) - countOf(before.counts);
          return { cursor, done: done + rows, total };
        };
        done += rows;
      }
      yield async (db) => {
        await lockInState(db, row.id, 'undoing');
        await setState(db, row.id, 'undone');
        const { undone = 0, skipped = 0 } = cursor.counts;
        recordAudit(db, actor, {
          event: 'import.undone',
          target: importTarget(row),
          changes: { undone, skipped },
        });
        return { cursor, done, total, result: { undone, skipped } };
      };
      return { undone: cursor.counts.undone ?? 0, skipped: cursor.counts.skipped ?? 0 };
    },
  };
}

function countOf({ undone = 0, skipped = 0 }: ImportCounts): number {
  return undone + skipped;
}

/** Undoes the last rows before a line of the file. */
export async function undoBatch(
  db: TenantDb,
  { row, rows }: OpenImport,
  { before, counts }: Pick<UndoProgress, 'before' | 'counts'>,
): Promise<UndoProgress> {
  const { rows: written, last } = await listUndoableRows(db, row.id, before);
  if (last === null) return { before, counts, isComplete: true };
  const undone = await rows.undo(db, written);
  saveResults(db, row.id, undone);
  const sum = addCounts(
    counts,
    undone.map(({ result }) => result),
  );
  await db
    .from('imports')
    .where({ id: row.id })
    .update({ counts: JSON.stringify(sum) });
  return { before: last, counts: sum, isComplete: false };
}
