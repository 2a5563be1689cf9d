import type { Import } from './import-queries.ts';
import type { ImportState } from './import.ts';
import type { RowResult, Verdict } from './row.ts';

export type ImportCounts = Partial<Record<Verdict | RowResult, number>>;

const taskStates: readonly ImportState[] = ['checking', 'importing', 'undoing'];

/** A task that ended before its end was stored left the state behind in which it began. */
export function presentState({ state, task_state }: Pick<Import, 'state' | 'task_state'>): ImportState {
  if (!taskStates.includes(state)) return state;
  return task_state === 'cancelled' || task_state === 'failed' ? task_state : state;
}

/** Also after a part of the import or of its undo. */
export function mayUndo(row: Import): boolean {
  const { created = 0, updated = 0, undone = 0, skipped = 0 } = row.counts;
  const isOver = ['imported', 'cancelled', 'failed'].includes(presentState(row));
  return isOver && row.is_recent === true && created + updated > undone + skipped;
}

/** The undo of all or nothing goes on to its end. */
export function mayCancel(row: Import): boolean {
  const state = presentState(row);
  if (state === 'undoing') return !row.is_all_or_nothing;
  return ['checking', 'checked', 'importing'].includes(state);
}

/** A cancelled or failed import has rows that were not tried, or the rest of all or nothing to undo. */
export function mayContinue(row: Import): boolean {
  if (!['cancelled', 'failed'].includes(presentState(row)) || row.imported_at === null) return false;
  if (row.file_id === null) return false;
  const { create = 0, update = 0, created = 0, updated = 0, failed = 0, equal = 0, undone = 0 } = row.counts;
  if (row.is_all_or_nothing && failed > 0) return true;
  return undone === 0 && create + update > created + updated + failed + equal;
}

export function addCounts(counts: ImportCounts, names: readonly (keyof ImportCounts)[]): ImportCounts {
  const sum = { ...counts };
  for (const name of names) sum[name] = (sum[name] ?? 0) + 1;
  return sum;
}
