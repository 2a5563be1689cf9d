import { setImmediate as nextTurn } from 'node:timers/promises';
import { readCells } from '../domain/import/cells.ts';
import type { CsvPlace, CsvRow, CsvRowError } from '../domain/csv/csv-format.ts';
import { readRows } from '../domain/csv/read-rows.ts';
import type { ParsedRow, RowReason } from '../domain/import/row.ts';
import type { OpenImport } from './open-import.ts';
import { TaskFailed } from './task-kind.ts';

export interface ParsedBatch {
  rows: ParsedRow[];
  /** Of the next batch. */
  place: CsvPlace;
}

/**
 * The rows of the file from a place on. A batch is read and parsed while the one before is written.
 *
 * @throws {TaskFailed} if a matched column no longer exists
 */
export async function* parsedBatches(opened: OpenImport, from: CsvPlace | null): AsyncGenerator<ParsedBatch> {
  const { row, rows } = opened;
  if (row.mapping!.some((name) => name !== null && !Object.hasOwn(rows.parsers, name)))
    throw new TaskFailed('import_column_gone');
  const batches = parseBatches(opened, from);
  let next = batches.next();
  try {
    for (;;) {
      const batch = await next;
      if (batch.done) return;
      next = batches.next();
      // It is thrown when the batch is due.
      next.catch(() => undefined);
      yield batch.value;
    }
  } finally {
    await batches.return(undefined);
  }
}

/** So few that the statements of the batch before hardly wait. */
const ROWS_PER_TURN = 50;

async function* parseBatches(opened: OpenImport, from: CsvPlace | null): AsyncGenerator<ParsedBatch> {
  for await (const { rows, place } of readRows(opened.open, opened.row, from)) {
    const parsed: ParsedRow[] = [];
    for (let first = 0; first < rows.length; first += ROWS_PER_TURN) {
      await nextTurn();
      for (const row of rows.slice(first, first + ROWS_PER_TURN)) parsed.push(parseRow(opened, row));
    }
    yield { rows: parsed, place };
  }
}

const fileErrors = {
  too_many_cells: { code: 'import_too_many_cells' },
  too_few_cells: { code: 'import_too_few_cells' },
  row_too_long: { code: 'import_row_too_long' },
  stray_line_end: { code: 'import_stray_line_end' },
} as const satisfies Record<CsvRowError, RowReason>;

function parseRow({ row, rows }: OpenImport, read: CsvRow): ParsedRow {
  const parsed = readCells(rows.parsers, row.mapping!, read);
  if (read.error === null) return parsed;
  const error = { column: '', value: '', ...fileErrors[read.error] } as const;
  return { ...parsed, values: {}, errors: [error] };
}
