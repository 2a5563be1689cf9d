import type { TenantDb } from '../database/tenant-db.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import type { CsvPlace } from '../domain/csv/csv-format.ts';
import { listCheckedRows, listEarlierRows, saveResults } from '../domain/import/import-rows.ts';
import { addCounts, type ImportCounts } from '../domain/import/import-state.ts';
import { importTarget, setState } from '../domain/import/import-steps.ts';
import type { ParsedRow, RowError, RowPlan, WrittenRow } from '../domain/import/row.ts';
import { undoBatch } from './import-undo.ts';
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
import type { TaskKind } from './task-kind.ts';

interface Cursor {
  place: CsvPlace | null;
  counts: ImportCounts;
  /** All or nothing: the line before which rows are undone, after one has failed. */
  undo_before: number | null;
  isComplete: boolean;
}

/**
 * Writes the rows of the check. The results are stored with them, so that no row is written twice. With all or nothing,
 * a row that fails has everything undone that was written before.
 */
export function importKind(deps: ImportDeps): TaskKind<ImportInput, Cursor> {
  return {
    input: importInput,
    async *run(input, stored, tenant) {
      const opened = await openImport(deps, input, tenant, 'importing');
      const { row } = opened;
      const total = totalOf(row.counts);
      let done = stored.done;
      let cursor: Cursor = stored.cursor ?? {
        place: null,
        counts: row.counts,
        undo_before: null,
        isComplete: false,
      };
      const mustUndo = () => row.is_all_or_nothing && (cursor.counts.failed ?? 0) > 0;
      if (!cursor.isComplete && !mustUndo())
        for await (const { rows, place } of parsedBatches(opened, cursor.place)) {
          const before = cursor;
          yield async (db) => {
            await startBatch(db, row.id, 'importing');
            const written = await writeRows(db, opened, rows);
            const counts = addCounts(
              before.counts,
              written.map(({ result }) => result),
            );
            cursor = { ...before, place, counts };
            await saveCounts(db, row.id, counts);
            return { cursor, done: done + rows.length, total };
          };
          done += rows.length;
          if (mustUndo()) break;
        }
      while (mustUndo() && !cursor.isComplete) {
        const before = cursor;
        yield async (db) => {
          await startBatch(db, row.id, 'importing');
          const undone = await undoBatch(db, opened, { before: before.undo_before, counts: before.counts });
          cursor = {
            ...before,
            undo_before: undone.before,
            counts: undone.counts,
            isComplete: undone.isComplete,
          };
          return { cursor, done, total };
        };
      }
      const { created = 0, updated = 0, failed = 0 } = cursor.counts;
      const result = { created, updated, failed };
      yield async (db) => {
        await finish(db, opened, cursor.counts);
        return { cursor, done, total, result };
      };
      return result;
    },
  };
}

function totalOf({ create = 0, update = 0, unchanged = 0, error = 0 }: ImportCounts): number {
  return create + update + unchanged + error;
}

export async function saveCounts(db: TenantDb, id: string, counts: ImportCounts): Promise<void> {
  await db
    .from('imports')
    .where({ id })
    .update({ counts: JSON.stringify(counts) });
}

async function finish(db: TenantDb, { row, actor }: OpenImport, counts: ImportCounts): Promise<void> {
  await lockInState(db, row.id, 'importing');
  const isUndone = row.is_all_or_nothing && (counts.failed ?? 0) > 0;
  await setState(db, row.id, isUndone ? 'undone' : 'imported', { counts: JSON.stringify(counts) });
  const { created = 0, updated = 0, failed = 0 } = counts;
  const event = isUndone ? 'import.undone' : 'import.finished';
  recordAudit(db, actor, { event, target: importTarget(row), changes: { created, updated, failed } });
}

/** Plans the rows again, with the stored rows locked, and writes those for which nothing has changed since the check. */
async function writeRows(
  db: TenantDb,
  opened: OpenImport,
  read: readonly ParsedRow[],
): Promise<WrittenRow[]> {
  const { row, rows } = opened;
  const [first, last] = [read[0]!.line, read.at(-1)!.line];
  const checked = new Map(
    (await listCheckedRows(db, row.id, [first, last])).map((each) => [each.line, each]),
  );
  const isOpen = ({ line }: { line: number }) => {
    const found = checked.get(line);
    return (found?.verdict === 'create' || found?.verdict === 'update') && found.result === null;
  };
  const parsed = read.filter(isOpen);
  if (parsed.length === 0) return [];
  const keys = parsed.flatMap((each) => rows.keyOf(each) ?? []);
  const earlier = await listEarlierRows(db, row.id, { keys, line: first });
  const ids = new Map(
    [...checked.values()].flatMap(({ line, target_id }) => (target_id ? [[line, target_id]] : [])),
  );
  const plans = await rows.plan(db, parsed, { earlier, ids, lock: true });
  const failed = plans.flatMap((plan) => failureOf(plan, checked.get(plan.line)!) ?? []);
  const failedLines = new Set(failed.map(({ line }) => line));
  const written = await rows.write(
    db,
    plans.filter(({ line, verdict }) => !failedLines.has(line) && verdict !== 'unchanged'),
  );
  const unchanged = plans.filter(({ line, verdict }) => !failedLines.has(line) && verdict === 'unchanged');
  const results = [...written, ...failed, ...unchanged.map(alreadyEqual)];
  saveResults(db, row.id, results);
  return results;
}

type Checked = Awaited<ReturnType<typeof listCheckedRows>>[number];

function failureOf(plan: RowPlan, checked: Checked): WrittenRow | undefined {
  const fail = (errors: readonly RowError[]): WrittenRow => ({
    line: plan.line,
    result: 'failed',
    errors,
    target_version: null,
    undo: null,
  });
  const because = (error: Pick<RowError, 'code'>) => fail([{ column: '', value: '', ...error }]);
  if (plan.errors.length > 0) return fail(plan.errors);
  if (plan.verdict === 'unchanged') return undefined;
  if (plan.verdict !== checked.verdict || plan.target_id !== checked.target_id)
    return because(plan.verdict === 'create' ? { code: 'import_gone' } : { code: 'import_row_changed' });
  const isCurrent = plan.target_version === checked.target_version && isSamePart(plan, checked);
  return isCurrent ? undefined : because({ code: 'import_row_changed' });
}

/** The company and the roles that the check has shown are those that are written. Labels are only added. */
function isSamePart({ verdict, part_changes }: RowPlan, { changes }: Checked): boolean {
  if (verdict !== 'update' || part_changes === undefined) return true;
  const textOf = ({ company, roles }: Readonly<Record<string, unknown>>) => JSON.stringify([company, roles]);
  return textOf(part_changes) === textOf(changes);
}

/** Someone has made the same change since the check. */
function alreadyEqual({ line, target_version }: RowPlan): WrittenRow {
  return { line, result: 'equal', errors: [], target_version, undo: null };
}
