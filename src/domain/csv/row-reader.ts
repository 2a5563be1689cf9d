import {
  UnreadableFile,
  type CsvFormat,
  type CsvPlace,
  type CsvRow,
  type CsvRowError,
} from './csv-format.ts';
import { byteLength, decode, wholeBytes } from './decode.ts';
import { findRowEnd, newScan, splitCells, type LineEnd, type RowScan } from './scan-row.ts';

/** About 1 MB. */
export const MAX_ROW_CHARACTERS = 1_000_000;

/** Of a row that is too long. */
const KEPT_CHARACTERS = 1_000;

export type RowFormat = Pick<CsvFormat, 'encoding' | 'delimiter'>;

/** Text that arrives in parts, as rows. Holds at most one part and one row. */
export class RowReader {
  readonly #format: RowFormat;
  readonly #delimiter: string;
  readonly #lineEnd: LineEnd;
  /** Bytes of a character that is not complete yet. */
  #rest: Buffer = Buffer.alloc(0);
  #text = '';
  /** In the text, where the row begins. */
  #from = 0;
  /** In the text, up to where the row was scanned. Only with a scan. */
  #scanned = 0;
  #scan: RowScan | null = null;
  /** In the text, of the next quote; undefined before the search. */
  #quote: number | undefined;
  /** The beginning of a row that is too long. */
  #dropped: string | null = null;
  /** In the text; up to here the place counts. */
  #counted = 0;
  #byte: number;
  #line: number;

  constructor(format: RowFormat, lineEnd: LineEnd, { byte, line }: CsvPlace) {
    this.#format = format;
    this.#delimiter = format.delimiter;
    this.#lineEnd = lineEnd;
    this.#byte = byte;
    this.#line = line;
  }

  /** Where the next row begins. */
  get place(): CsvPlace {
    this.#byte += byteLength(this.#text.slice(this.#counted, this.#from), this.#format.encoding);
    this.#counted = this.#from;
    return { byte: this.#byte, line: this.#line };
  }

  /** @throws {UnreadableFile} */
  add(part: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, part]) : part;
    const whole = wholeBytes(bytes, this.#format.encoding);
    this.#rest = bytes.subarray(whole);
    this.#append(this.#decode(bytes.subarray(0, whole)));
  }

  /** Returns null if no whole row is left. `isEnd`: the text is complete. */
  next(isEnd: boolean): { text: string; row: Omit<CsvRow, 'error'>; error: CsvRowError | null } | null {
    if (isEnd && this.#rest.length > 0)
      throw new UnreadableFile({ code: 'file_has_invalid_bytes' }, this.#lineOfEnd());
    // The next part may begin with the line feed.
    const text = this.#text;
    if (this.#from >= text.length && !(isEnd && this.#dropped !== null)) return null;
    const end = this.#findEnd(isEnd);
    if (end === -1) {
      if (text.length - this.#from > MAX_ROW_CHARACTERS) this.#drop();
      return null;
    }
    return this.#take(end);
  }

  #findEnd(isEnd: boolean): number {
    const text = this.#text;
    if (this.#scan === null) {
      const end = text.indexOf(this.#lineEnd, this.#from);
      if (end !== -1 && this.#nextQuote() > end) return end;
      this.#scan = newScan();
      this.#scanned = this.#from;
    }
    // Whether a carriage return stands alone is known with the next character.
    const known = isEnd || !text.endsWith('\r') ? text : text.slice(0, -1);
    const format = { delimiter: this.#delimiter, lineEnd: this.#lineEnd };
    const end = findRowEnd(known, this.#scanned, format, this.#scan);
    this.#scanned = known.length;
    if (end !== -1 || !isEnd) return end;
    if (this.#scan.state === 'quoted')
      throw new UnreadableFile({ code: 'file_has_open_quote' }, this.#line + this.#scan.quoteLines);
    return text.length;
  }

  #nextQuote(): number {
    if (this.#quote === undefined || this.#quote < this.#from) {
      const quote = this.#text.indexOf('"', this.#from);
      this.#quote = quote === -1 ? Infinity : quote;
    }
    return this.#quote;
  }

  #take(end: number) {
    const isLong = this.#dropped !== null || end - this.#from > MAX_ROW_CHARACTERS;
    const content = this.#dropped ?? this.#text.slice(this.#from, end);
    const text = withoutReturn(isLong ? content.slice(0, KEPT_CHARACTERS) : content);
    const hasStray = this.#scan ? this.#scan.hasStray : text.includes('\r');
    const row = { line: this.#line, cells: splitCells(text, this.#delimiter) };
    this.#line += 1 + (this.#scan?.lines ?? 0);
    this.#from = Math.min(end + 1, this.#text.length);
    this.#scan = null;
    this.#dropped = null;
    const error: CsvRowError | null = isLong ? 'row_too_long' : hasStray ? 'stray_line_end' : null;
    return { text, row, error };
  }

  /** The rest of the row is scanned but not held. */
  #drop(): void {
    this.#dropped ??= this.#text.slice(this.#from, this.#from + KEPT_CHARACTERS);
    this.#from = this.#scanned;
  }

  #append(text: string): void {
    void this.place;
    const nul = text.indexOf('\0');
    if (nul !== -1) {
      const before = text.slice(0, nul);
      throw new UnreadableFile(
        { code: 'file_has_nul' },
        this.#lineOfEnd() + countLines(before, this.#lineEnd),
      );
    }
    this.#text = this.#text.slice(this.#from) + text;
    this.#scanned -= this.#from;
    this.#from = 0;
    this.#counted = 0;
    this.#quote = undefined;
  }

  #decode(bytes: Buffer): string {
    try {
      return decode(bytes, this.#format.encoding);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const before = bytes.toString('utf8').split('\uFFFD', 1)[0]!;
      const line = this.#lineOfEnd() + countLines(before, this.#lineEnd);
      throw new UnreadableFile({ code: 'file_has_invalid_bytes' }, line);
    }
  }

  /** Of the last character so far. */
  #lineOfEnd(): number {
    const before = this.#dropped === null ? 0 : (this.#scan?.lines ?? 0);
    return this.#line + before + countLines(this.#text.slice(this.#from), this.#lineEnd);
  }
}

function countLines(text: string, lineEnd: LineEnd): number {
  return text.split(lineEnd).length - 1;
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
