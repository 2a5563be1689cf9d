import type { CsvRows } from '../csv.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { OpenContent } from '../domain/csv/csv-format.ts';
import type { Import } from '../domain/import/import-queries.ts';
import { listRefusedRows, REFUSED_ROWS, type ShownRow } from '../domain/import/list-rows.ts';
import { readRows } from '../domain/csv/read-rows.ts';
import type { RowError } from '../domain/import/row.ts';
import { errorText, errorTexts } from '../locales/error-texts.ts';
import { translator } from '../locales/translate.ts';

const t = translator('en');

/** What to fix. Staff read English. */
export function rowErrorText({ column, code, params }: RowError): string {
  return t(errorText({ field: column, code }, errorTexts.operations), params);
}

/** As in the file; empty for the whole row. */
export function headingOf({ header, mapping }: Pick<Import, 'header' | 'mapping'>, column: string): string {
  return header[mapping?.indexOf(column) ?? -1] ?? column;
}

export function reasonOf(row: Pick<Import, 'header' | 'mapping'>, errors: readonly RowError[]): string {
  const texts = errors.map((error) => {
    const text = rowErrorText(error);
    return error.column === '' ? text : `${headingOf(row, error.column)}: ${text}`;
  });
  return texts.join(' · ');
}

export function errorHeadings({ header }: Pick<Import, 'header'>): string[] {
  return [...header, 'Reason'];
}

/**
 * The refused rows as in the file, each with the reason. Reads the file and the rows in batches, of which `first` is the
 * first one.
 */
export async function* errorRows(
  row: Import,
  open: OpenContent,
  first: readonly ShownRow[],
  { readTenant }: Pick<TenantAccess, 'readTenant'>,
): AsyncGenerator<CsvRows> {
  let refused = first;
  let errors = errorsByLine(refused);
  for await (const { rows } of readRows(open, row, null)) {
    const last = rows.at(-1)!.line;
    while (refused.length === REFUSED_ROWS && refused.at(-1)!.line < last) {
      const after = refused.at(-1)!.line;
      [refused] = await readTenant((db) => [listRefusedRows(db, row.id, after)]);
      errors = new Map([...errors, ...errorsByLine(refused)]);
    }
    yield rows
      .filter(({ line }) => errors.has(line))
      .map(({ line, cells }) => [
        ...row.header.map((_, position) => cells[position] ?? ''),
        reasonOf(row, errors.get(line)!),
      ]);
    errors = new Map([...errors].filter(([line]) => line > last));
  }
}

function errorsByLine(rows: readonly ShownRow[]): Map<number, readonly RowError[]> {
  return new Map(rows.map(({ line, errors }) => [line, errors]));
}
