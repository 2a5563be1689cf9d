import type { SavedMapping } from './column-queries.ts';
import type { CsvRow } from '../csv/csv-format.ts';
import type { ImportColumn } from './import-kind.ts';
import type { DateOrder, ImportMapping, ImportOptions } from './import.ts';
import { matchColumns } from './match-columns.ts';

/** By heading, so that the columns of the file may be in another order. */
export function applyMapping(
  saved: SavedMapping,
  header: readonly string[],
  columns: readonly ImportColumn[],
): ImportMapping {
  return header.map((heading) => {
    const name = saved.mapping[saved.header.indexOf(heading)] ?? null;
    return columns.some((column) => column.name === name) ? name : null;
  });
}

/** Of the saved mappings, the one for the same headings. */
export function findSameHeader(saved: readonly SavedMapping[], header: readonly string[]) {
  return saved.find(
    (each) =>
      each.header.length === header.length && header.every((heading) => each.header.includes(heading)),
  );
}

/** By the words of the headings, or as saved for them before. */
export function suggestMapping(
  header: readonly string[],
  columns: readonly ImportColumn[],
  saved: SavedMapping | undefined,
): ImportMapping {
  return saved ? applyMapping(saved, header, columns) : matchColumns(header, columns);
}

/** From the first rows. Dates that could be of two orders are taken as day, month and year. */
export function suggestOptions(rows: readonly CsvRow[], delimiter: string): ImportOptions {
  const cells = rows.flatMap((row) => row.cells);
  return { date_order: suggestOrder(cells), has_decimal_comma: delimiter === ';' };
}

function suggestOrder(cells: readonly string[]): DateOrder {
  const dates = cells.flatMap((cell) => {
    const [, first, second] = /^\s*(\d{1,2})[-./](\d{1,2})[-./]\d{4}\s*$/.exec(cell) ?? [];
    return first === undefined ? [] : [[Number(first), Number(second)] as const];
  });
  if (dates.length === 0) return 'ymd';
  return dates.some(([, second]) => second > 12) ? 'mdy' : 'dmy';
}
