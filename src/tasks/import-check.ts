import type { CsvPlace } from '../domain/csv/csv-format.ts';
import { UnreadableFile } from '../domain/csv/csv-format.ts';
import { deleteRows, insertPlans, listEarlierRows } from '../domain/import/import-rows.ts';
import { addCounts, type ImportCounts } from '../domain/import/import-state.ts';
import { setState } from '../domain/import/import-steps.ts';
import type { ParsedRow, RowPlan } from '../domain/import/row.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import {
  importInput,
  lockInState,
  openImport,
  startBatch,
  type ImportDeps,
  type ImportInput,
  type OpenImport,
} from './open-import.ts';
import { parsedBatches } from './parsed-batches.ts';
import type { Batch, TaskKind } from './task-kind.ts';

interface Cursor {
  /** The line from which rows of an earlier check are left; null without any. */
  delete_from: number | null;
  place: CsvPlace | null;
  counts: ImportCounts;
}

const newCursor: Cursor = { delete_from: 0, place: null, counts: {} };

/** Stores for each row of the file what the import would do. */
export function importCheckKind(deps: ImportDeps): TaskKind<ImportInput, Cursor> {
  return {
    input: importInput,
    async *run(input, stored, tenant) {
      const opened = await openImport(deps, input, tenant, 'checking');
      const { row } = opened;
      let { done, cursor } = { done: stored.done, cursor: stored.cursor ?? newCursor };
      while (cursor.delete_from !== null) {
        const before = cursor;
        yield async (db) => {
          await lockInState(db, row.id, 'checking');
          cursor = { ...before, delete_from: await deleteRows(db, row.id, before.delete_from!) };
          return { cursor, done, total: null };
        };
      }
      try {
        for await (const { rows, place } of parsedBatches(opened, cursor.place)) {
          const before = cursor;
          yield async (db) => {
            await startBatch(db, row.id, 'checking');
            const plans = await checkRows(db, opened, rows);
            insertPlans(db, row.id, plans);
            cursor = {
              ...before,
              place,
              counts: addCounts(
                before.counts,
                plans.map(({ verdict }) => verdict),
              ),
            };
            await db
              .from('imports')
              .where({ id: row.id })
              .update({ counts: JSON.stringify(cursor.counts) });
            return { cursor, done: done + rows.length, total: null };
          };
          done += rows.length;
        }
        yield finish(opened, { cursor, done });
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        yield failUnreadable(row.id, error, { cursor, done });
      }
      return resultOf({ done, counts: cursor.counts });
    },
  };
}

function finish(
  { row: { id }, rows }: OpenImport,
  progress: { cursor: Cursor; done: number },
): Batch<Cursor> {
  return async (db) => {
    await lockInState(db, id, 'checking');
    const counts = { ...progress.cursor.counts };
    for (const [verdict, count] of (await rows.settle?.(db)) ?? []) {
      counts[verdict] = (counts[verdict] ?? 0) - count;
      counts.error = (counts.error ?? 0) + count;
    }
    await setState(db, id, 'checked', { counts: JSON.stringify(counts) });
    return ended(progress, counts);
  };
}

function failUnreadable(
  id: string,
  { code, line }: UnreadableFile,
  progress: { cursor: Cursor; done: number },
): Batch<Cursor> {
  return async (db) => {
    await lockInState(db, id, 'checking');
    await setState(db, id, 'failed', { error: JSON.stringify({ code, line }) });
    return ended(progress, progress.cursor.counts);
  };
}

function ended({ cursor, done }: { cursor: Cursor; done: number }, counts: ImportCounts) {
  return { cursor, done, total: done, result: resultOf({ done, counts }) };
}

function resultOf({ done, counts }: { done: number; counts: ImportCounts }) {
  return { rows: done, errors: counts.error ?? 0 };
}

async function checkRows(
  db: TenantDb,
  { row, rows }: OpenImport,
  parsed: readonly ParsedRow[],
): Promise<RowPlan[]> {
  const keys = parsed.flatMap((each) => rows.keyOf(each) ?? []);
  const earlier = await listEarlierRows(db, row.id, { keys, line: parsed[0]!.line });
  return rows.plan(db, parsed, { earlier, ids: new Map(), lock: false });
}
