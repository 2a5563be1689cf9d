/** Where a row is cut in its middle, the scan continues with the next part of the text. */
export interface RowScan {
  state: 'cell' | 'unquoted' | 'quoted' | 'quote';
  /** Line ends within the row so far. */
  lines: number;
  /** Of those, before the last cell that began with a quote. */
  quoteLines: number;
  hasStray: boolean;
}

export function newScan(): RowScan {
  return { state: 'cell', lines: 0, quoteLines: 0, hasStray: false };
}

export type LineEnd = '\n' | '\r';

const QUOTE = 34;
const RETURN = 13;
const FEED = 10;

/** Returns the index of the line end that ends the row, or -1. A carriage return before a line feed belongs to the line end. */
export function findRowEnd(
  text: string,
  from: number,
  { delimiter, lineEnd }: { delimiter: string; lineEnd: LineEnd },
  scan: RowScan,
): number {
  const between = delimiter.charCodeAt(0);
  const end = lineEnd.charCodeAt(0);
  let { state } = scan;
  for (let index = from; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (state === 'quoted') {
      if (char === QUOTE) state = 'quote';
      else if (char === end) scan.lines++;
    } else if (char === end) {
      scan.state = 'cell';
      return index;
    } else if (char === between) state = 'cell';
    else if (char === QUOTE && state !== 'unquoted') {
      if (state === 'cell') scan.quoteLines = scan.lines;
      state = 'quoted';
    } else {
      state = 'unquoted';
      if (isStray(text, index, char)) scan.hasStray = true;
    }
  }
  scan.state = state;
  return -1;
}

/** A line end of another kind than those of the file. */
function isStray(text: string, index: number, char: number): boolean {
  if (char === FEED) return true;
  return char === RETURN && index + 1 < text.length && text.charCodeAt(index + 1) !== FEED;
}

/** Of the text of a row without its line end. */
export function splitCells(row: string, delimiter: string): string[] {
  const cells = row.includes('"') ? splitQuoted(row, delimiter) : row.split(delimiter);
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]!;
    if (cell.charCodeAt(0) === APOSTROPHE) cells[index] = withoutProtection(cell);
  }
  return cells;
}

const APOSTROPHE = 39;

/**
 * Exports write an apostrophe before a text that a spreadsheet would run as a formula. It stays before `=`, to tell such
 * a text from a formula.
 */
function withoutProtection(cell: string): string {
  return /^'+[+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

/** A quote within an unquoted cell is a character like others; after a closing quote the rest of the cell is added as it is. */
function splitQuoted(row: string, delimiter: string): string[] {
  const cells: string[] = [];
  let index = 0;
  for (;;) {
    let cell = '';
    if (row[index] === '"') ({ cell, index } = readQuoted(row, index + 1));
    const next = row.indexOf(delimiter, index);
    if (next === -1) return [...cells, cell + row.slice(index)];
    cells.push(cell + row.slice(index, next));
    index = next + 1;
  }
}

/** @param index after the opening quote */
function readQuoted(row: string, index: number): { cell: string; index: number } {
  let cell = '';
  for (;;) {
    const quote = row.indexOf('"', index);
    if (quote === -1) return { cell: cell + row.slice(index), index: row.length };
    cell += row.slice(index, quote);
    if (row[quote + 1] !== '"') return { cell, index: quote + 1 };
    cell += '"';
    index = quote + 2;
  }
}
