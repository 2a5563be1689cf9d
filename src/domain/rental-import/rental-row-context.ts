import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { normaliseCode } from '../company/company.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { IntervalName } from '../rental/rental.ts';
import type { RowContext } from '../import/import-engine.ts';
import type { ParsedRow } from '../import/row.ts';
import type { ImportedSite } from '../unit-import/unit-row-context.ts';

export const NO_TAX = 'none';

/** What a batch of rentals is compared with. */
export interface RentalRows extends RowContext {
  billing: Billing;
  fields: readonly CustomField[];
  sites: ReadonlyMap<string, ImportedSite>;
  /** The ids of rates that are not retired, by name, code and id. */
  taxRates: ReadonlyMap<string, string>;
  defaultTaxRate: string | null;
}

/** The cells of a row. */
export interface RentalCells {
  customer?: string;
  site?: ImportedSite;
  unit?: string;
  starts_on?: CivilDate;
  interval?: IntervalName;
  price?: bigint;
  deposit?: bigint;
  /** The id, or `NO_TAX`. */
  tax_rate?: string;
  billed_until?: CivilDate;
  ends_on?: CivilDate;
}

export function rentalCells({ values }: ParsedRow): RentalCells {
  return values;
}

/** The unit: a file has several rentals of it on other days. */
export function keyOfRental(row: ParsedRow): string | null {
  const { site, unit } = rentalCells(row);
  return site === undefined || unit === undefined ? null : `${site.id} ${normaliseCode(unit)}`;
}
