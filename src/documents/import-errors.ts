import type { CsvRows } from '../csv.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { OpenContent } from '../domain/import/csv-format.ts';
import type { Import } from '../domain/import/import-queries.ts';
import { listRefusedRows } from '../domain/import/list-rows.ts';
import { readRows } from '../domain/import/read-rows.ts';
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

/** The refused rows as in the file, each with the reason. Reads the file and the rows in batches. */
export async function* errorRows(
  row: Import,
  open: OpenContent,
  { readTenant }: Pick<TenantAccess, 'readTenant'>,
): AsyncGenerator<CsvRows> {
  for await (const { rows } of readRows(open, row, null)) {
    const lines: [number, number] = [rows[0]!.line, rows.at(-1)!.line];
    const [refused] = await readTenant((db) => [listRefusedRows(db, row.id, lines)]);
    const errors = new Map(refused.map((each) => [each.line, each.errors]));
    yield rows
      .filter(({ line }) => errors.has(line))
      .map(({ line, cells }) => [
        ...row.header.map((_, position) => cells[position] ?? ''),
        reasonOf(row, errors.get(line)!),
      ]);
  }
}
