/** Spreadsheets take a file without it for one of another encoding. */
const BYTE_ORDER_MARK = '\uFEFF';

type CsvRows = readonly (readonly string[])[];

export function csvLines(rows: CsvRows): string {
  return BYTE_ORDER_MARK + linesOf(rows);
}

/** The parts of a file whose rows are read in batches. */
export async function* csvParts(
  headings: readonly string[],
  batches: Iterable<CsvRows> | AsyncIterable<CsvRows>,
): AsyncGenerator<string> {
  yield csvLines([headings]);
  for await (const rows of batches) yield linesOf(rows);
}

function linesOf(rows: CsvRows): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** Spreadsheets run a text that begins with one of these characters as a formula, unless an apostrophe precedes it. */
function csvCell(value: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value);
  const text = isFormula ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
