/** How the bytes of a file become rows. */
export interface CsvFormat {
  encoding: Encoding;
  delimiter: Delimiter;
  /** The headings as written in the file, without the byte order mark. */
  header: readonly string[];
}

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof encodings)[number];

export const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/** Where the next row begins, so that a task can continue to read there. */
export interface CsvPlace {
  /** In the file, of the first byte of the row. */
  byte: number;
  /** The number of the line in the file, from 1. */
  line: number;
}

export interface CsvRow {
  /** The line of the file where the row begins. */
  line: number;
  cells: readonly string[];
  /** Why the row cannot be used; its cells are as far as they were read. Others have a cell for each heading. */
  error: CsvRowError | null;
}

export type CsvRowError = 'too_many_cells' | 'too_few_cells' | 'row_too_long' | 'stray_line_end';

/** Nothing after the named line can be read. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile';
  readonly code: UnreadableCode;
  readonly line: number;

  constructor({ code }: { code: UnreadableCode }, line: number) {
    super(`${code} in line ${line}`);
    this.code = code;
    this.line = line;
  }
}

export type UnreadableCode = 'file_has_open_quote' | 'file_has_invalid_bytes' | 'file_has_nul';

/** Reads a file from a byte. */
export type OpenContent = (from: number) => AsyncIterable<Uint8Array>;

export interface CsvBatch {
  rows: readonly CsvRow[];
  /** After the last row. */
  place: CsvPlace;
}
