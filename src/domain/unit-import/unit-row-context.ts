import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { normaliseCode } from '../company/company.ts';
import type { RowContext } from '../import/import-engine.ts';
import type { ParsedRow } from '../import/row.ts';

export interface ImportedSite {
  id: string;
  name: string;
  name_norm: string;
  status: 'active' | 'archived';
}

export interface ImportedType {
  id: string;
  name: string;
  name_norm: string;
  price_cents: bigint;
}

/** What a batch of units is compared with. */
export interface UnitRows extends RowContext {
  fields: readonly CustomField[];
  sites: ReadonlyMap<string, ImportedSite>;
  types: ReadonlyMap<string, ImportedType>;
  currency: string;
}

/** The cells of a row. */
export interface UnitCells {
  id?: string;
  site?: ImportedSite;
  code?: string;
  unit_type?: ImportedType;
  price?: bigint;
  access_code?: string;
}

export function cellsOf({ values }: ParsedRow): UnitCells {
  return values;
}

/** The id with the key `id`; otherwise the site and the code. */
export function keyOfUnit({ key }: RowContext, row: ParsedRow): string | null {
  const { id, site, code } = cellsOf(row);
  if (key === 'id' && id !== undefined) return id;
  return site === undefined || code === undefined ? null : placeOf(site.id, normaliseCode(code));
}

export function placeOf(siteId: string, code_norm: string): string {
  return `${siteId} ${code_norm}`;
}
