/** Spreadsheets take a file without it for one of another encoding. */
const BYTE_ORDER_MARK = '\uFEFF';

/** A text is protected from being run as a formula; a number, and a decimal in a text, are written as they are. */
export type CsvCell = string | number | bigint | { decimal: string } | null;

export type CsvRows = readonly (readonly CsvCell[])[];

/** A whole file, or its beginning. */
export function csvLines(rows: CsvRows): string {
  return BYTE_ORDER_MARK + moreCsvLines(rows);
}

export function moreCsvLines(rows: CsvRows): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** The parts of a file whose rows are read in batches. */
export async function* csvParts(
  headings: readonly string[],
  batches: Iterable<CsvRows> | AsyncIterable<CsvRows>,
): AsyncGenerator<string> {
  yield csvLines([headings]);
  for await (const rows of batches) yield moreCsvLines(rows);
}

function csvCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value === 'object') return value.decimal;
  return typeof value === 'string' ? textCell(value) : String(value);
}

/**
 * Spreadsheets run a text that begins with one of these characters as a formula, unless an apostrophe precedes it. A text
 * that has the apostrophe gets another, so that an import can remove it.
 */
function textCell(value: string): string {
  const text = /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
