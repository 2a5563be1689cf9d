import { refuse, type ErrorDetails, type RefusedValues } from '../form/parse-values.ts';
import {
  delimiters,
  UnreadableFile,
  type CsvFormat,
  type Delimiter,
  type Encoding,
  type OpenContent,
} from './csv-format.ts';
import { detectEncoding } from './detect-encoding.ts';
import { foreignFile, foreignText } from './file-signature.ts';
import { isBlank, isSeparatorLine, openReader, parts, readRows } from './read-rows.ts';
import type { RowFormat } from './row-reader.ts';

const HEAD_BYTES = 1024 * 1024;
const COMPARED_ROWS = 50;
export const MAX_COLUMNS = 500;

/** A refusal is of the field `file`. */
export type DetectedFormat = { ok: true; format: CsvFormat } | RefusedValues;

/** Reads the beginning of the file. `chosen` by the user, in place of what is detected. */
export async function detectFormat(
  open: OpenContent,
  chosen: { encoding?: Encoding; delimiter?: Delimiter } = {},
): Promise<DetectedFormat> {
  try {
    const head = await readHead(open);
    const foreign = head.length === 0 ? 'file_empty' : foreignFile(head.part);
    if (foreign) return refuseFile({ code: foreign });
    const encoding = chosen.encoding ?? detectEncoding(head.part, head.isWhole);
    if (encoding === null) throw new UnreadableFile({ code: 'file_has_nul' }, lineOfNul(head.part));
    const delimiter = chosen.delimiter ?? detectDelimiter(head, encoding);
    const found = firstRows(head, { encoding, delimiter }, 1)[0];
    const refused = found && refuseHeader(found);
    if (!found && !head.isWhole) return refuseFile({ code: 'header_too_long' });
    if (refused) return refuseFile(refused);
    const format = { encoding, delimiter, header: found ? headingsOf(found.cells) : [] };
    return (await hasRow(open, format)) ? { ok: true, format } : refuseFile({ code: 'file_has_no_rows' });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return refuseFile({ code: error.code, params: { line: error.line } });
  }
}

function refuseFile(error: ErrorDetails): RefusedValues {
  return refuse({ field: 'file', ...error });
}

interface Head {
  part: Buffer;
  length: number;
  /** Whether it is the whole file. */
  isWhole: boolean;
}

async function readHead(open: OpenContent): Promise<Head> {
  const read: Buffer[] = [];
  let length = 0;
  for await (const { part } of parts(open(0))) {
    read.push(part);
    length += part.length;
    if (length > HEAD_BYTES) break;
  }
  return { part: Buffer.concat(read).subarray(0, HEAD_BYTES), length, isWhole: length <= HEAD_BYTES };
}

function lineOfNul(head: Buffer): number {
  return head.subarray(0, head.indexOf(0)).toString('latin1').split('\n').length;
}

interface HeadRow {
  cells: readonly string[];
  text: string;
  isLong: boolean;
}

/** Without blank ones and the line of a delimiter, up to a quote that is not closed. */
function firstRows({ part, isWhole }: Head, format: RowFormat, limit: number): HeadRow[] {
  const reader = openReader(part, format, null);
  const rows: HeadRow[] = [];
  while (rows.length < limit) {
    const read = nextIfClosed(reader, isWhole);
    if (!read) break;
    const { text, row, error } = read;
    if (isBlank(row.cells) || (rows.length === 0 && isSeparatorLine(text))) continue;
    rows.push({ text, cells: row.cells, isLong: error === 'row_too_long' });
  }
  return rows;
}

function nextIfClosed(reader: ReturnType<typeof openReader>, isEnd: boolean) {
  try {
    return reader.next(isEnd);
  } catch (error) {
    if (error instanceof UnreadableFile && error.code === 'file_has_open_quote') return null;
    throw error;
  }
}

/** The one that cuts the most rows into as many cells as the first. */
function detectDelimiter(head: Head, encoding: Encoding): Delimiter {
  const scores = delimiters.map((delimiter) => {
    const [header, ...rows] = firstRows(head, { encoding, delimiter }, COMPARED_ROWS);
    const width = header ? headingsOf(header.cells).length : 0;
    const same = rows.filter(({ cells }) => headingsOf(cells).length <= width && cells.length >= width);
    return { delimiter, width, score: width < 2 ? 0 : (same.length + 1) / (rows.length + 1) };
  });
  return scores.reduce((best, each) =>
    each.score > best.score || (each.score === best.score && each.width > best.width) ? each : best,
  ).delimiter;
}

/** Spreadsheets write empty cells after the last column that they ever had. */
function headingsOf(cells: readonly string[]): string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, last + 1).map((cell) => cell.trim());
}

function refuseHeader(row: HeadRow): ErrorDetails | undefined {
  const headings = headingsOf(row.cells);
  // oxlint-disable-next-line no-control-regex -- no text has these characters
  if (/[\x01-\x08\x0e-\x1f\x7f]/.test(row.text)) return { code: 'file_not_csv' };
  const foreign = foreignText(row.text);
  if (foreign) return { code: foreign };
  if (headings.length > MAX_COLUMNS) return { code: 'too_many_columns', params: { max: MAX_COLUMNS } };
  if (row.isLong) return { code: 'header_too_long' };
  const empty = headings.indexOf('');
  if (empty !== -1) return { code: 'heading_empty', params: { number: empty + 1 } };
  const repeated = headings.find((heading, index) => headings.indexOf(heading) !== index);
  return repeated === undefined ? undefined : { code: 'heading_repeated', params: { heading: repeated } };
}

async function hasRow(open: OpenContent, format: CsvFormat): Promise<boolean> {
  for await (const { rows } of readRows(open, format, null)) if (rows.length > 0) return true;
  return false;
}
