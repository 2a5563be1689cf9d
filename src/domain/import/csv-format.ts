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
  /** Why the row cannot be used; its cells are as far as they were read. */
  error: CsvRowError | null;
}

export type CsvRowError = 'too_many_cells' | 'too_few_cells' | 'row_too_long';

export interface CsvBatch {
  rows: readonly CsvRow[];
  /** After the last row. */
  place: CsvPlace;
}
