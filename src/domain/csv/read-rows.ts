import type { CsvBatch, CsvFormat, CsvPlace, CsvRow, CsvRowError, OpenContent } from './csv-format.ts';
import { byteLength, decode, unitLength, wholeBytes } from './decode.ts';
import { RowReader, type RowFormat } from './row-reader.ts';
import type { LineEnd } from './scan-row.ts';

const MAX_BATCH_ROWS = 1_000;
/** A batch of long rows has fewer. */
const MAX_BATCH_CHARACTERS = 4_000_000;
const MIN_PART_BYTES = 64 * 1024;

/**
 * The rows below the headings, or from the place of an earlier batch on, without blank ones.
 *
 * @throws {UnreadableFile}
 */
export async function* readRows(
  open: OpenContent,
  format: CsvFormat,
  place: CsvPlace | null,
): AsyncGenerator<CsvBatch> {
  let reader: RowReader | undefined;
  let batch = newBatch();
  let isHeader = place === null;
  for await (const { part, isLast } of parts(open(startOf(format, place)))) {
    if (reader) reader.add(part);
    else reader = openReader(part, format, place);
    for (let read = reader.next(isLast); read; read = reader.next(isLast)) {
      if (read.error === null && isBlank(read.row.cells)) continue;
      if (isHeader) {
        isHeader = isSeparatorLine(read.text);
        continue;
      }
      batch.rows.push(checkCells(read, format.header.length));
      batch.characters += read.text.length;
      if (batch.rows.length < MAX_BATCH_ROWS && batch.characters < MAX_BATCH_CHARACTERS) continue;
      yield { rows: batch.rows, place: reader.place };
      batch = newBatch();
    }
  }
  if (reader && batch.rows.length > 0) yield { rows: batch.rows, place: reader.place };
}

function newBatch() {
  return { rows: [] as CsvRow[], characters: 0 };
}

/** With the line end before the place, which shows the kind of line ends. */
function startOf({ encoding }: RowFormat, place: CsvPlace | null): number {
  return place === null ? 0 : place.byte - unitLength(encoding);
}

/** @param part the first, from `startOf` on */
export function openReader(part: Buffer, format: RowFormat, place: CsvPlace | null): RowReader {
  const { encoding } = format;
  const lineEnd = place === null ? findLineEnd(beginning(part, encoding)) : charAt(part, encoding);
  const skipped = place === null ? markLength(part, encoding) : unitLength(encoding);
  const reader = new RowReader(format, lineEnd, place ?? { byte: skipped, line: 1 });
  reader.add(part.subarray(skipped));
  return reader;
}

/** Without an exception for invalid bytes, which have no effect on line ends. */
function beginning(part: Buffer, encoding: RowFormat['encoding']): string {
  return encoding === 'utf-8'
    ? part.toString('latin1')
    : decode(part.subarray(0, wholeBytes(part, encoding)), encoding);
}

function charAt(part: Buffer, encoding: RowFormat['encoding']): LineEnd {
  return beginning(part.subarray(0, unitLength(encoding)), encoding) === '\r' ? '\r' : '\n';
}

/** Of the byte order mark. */
function markLength(part: Buffer, encoding: RowFormat['encoding']): number {
  const mark =
    encoding === 'utf-16be' ? [0xfe, 0xff] : encoding === 'utf-16le' ? [0xff, 0xfe] : [0xef, 0xbb, 0xbf];
  const hasMark = mark.every((byte, index) => part[index] === byte);
  return hasMark ? (encoding.startsWith('utf') ? byteLength('\uFEFF', encoding) : mark.length) : 0;
}

/** Line feeds within quotes do not count: files with lone carriage returns may have them. */
function findLineEnd(text: string): LineEnd {
  const outside = text.replaceAll(/"[^"]*"/g, '');
  return !outside.includes('\n') && outside.includes('\r') ? '\r' : '\n';
}

/** Excel's first line that names the delimiter. */
export function isSeparatorLine(text: string): boolean {
  return /^"?sep=.?"?$/i.test(text);
}

export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

interface ReadRow {
  row: Omit<CsvRow, 'error'>;
  error: CsvRowError | null;
}

function checkCells({ row, error }: ReadRow, columns: number): CsvRow {
  if (error !== null) return { ...row, error };
  const { cells } = row;
  let count = cells.length;
  while (count > columns && cells[count - 1]!.trim() === '') count--;
  if (count > columns) return { ...row, error: 'too_many_cells' };
  if (count < columns) return { ...row, error: 'too_few_cells' };
  return { line: row.line, cells: count === cells.length ? cells : cells.slice(0, count), error: null };
}

/** Parts of a useful size, the last one marked. */
export async function* parts(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ part: Buffer; isLast: boolean }> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of content) {
    if (length >= MIN_PART_BYTES) {
      yield { part: Buffer.concat(held), isLast: false };
      held = [];
      length = 0;
    }
    held.push(bytes);
    length += bytes.length;
  }
  yield { part: Buffer.concat(held), isLast: true };
}
