import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { normaliseCode } from '../company/company.ts';
import type { CompanyStatus } from '../company/company.ts';
import type { RowContext } from '../import/import-engine.ts';
import type { ParsedRow } from '../import/row.ts';

export interface ImportedLabel {
  id: string;
  name: string;
}

/** What a batch of companies is compared with. */
export interface CompanyRows extends RowContext {
  fields: readonly CustomField[];
  labels: readonly ImportedLabel[];
}

/** The cells of a row. */
export interface CompanyCells {
  id?: string;
  code?: string;
  name?: string;
  parent_code?: string;
  address?: string;
  billing_emails?: string[];
  status?: CompanyStatus;
  status_reason?: string;
  labels?: ImportedLabel[];
}

export function cellsOf({ values }: ParsedRow): CompanyCells {
  return values;
}

/** The id with the key `id`; otherwise the code. */
export function keyOfCompany({ key }: RowContext, row: ParsedRow): string | null {
  const { id, code } = cellsOf(row);
  if (key === 'id' && id !== undefined) return id;
  return code === undefined ? null : normaliseCode(code);
}
