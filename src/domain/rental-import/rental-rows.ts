import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { amountFromZero, optionalAmount } from '../billing/amount-field.ts';
import { getBilling } from '../billing/billing-settings.ts';
import { normaliseCode } from '../company/company.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { editableFields } from '../custom-field/form-fields.ts';
import { line } from '../form/fields.ts';
import { listTaxRates } from '../tax-rate/tax-rate-queries.ts';
import { fold } from '../text/fold.ts';
import { cellOf, wholeNumber, type CellParser } from '../import/cells.ts';
import { customParsers } from '../import/custom-cells.ts';
import type { OpenRows, RowKind } from '../import/import-engine.ts';
import { intervalCell } from './interval-cell.ts';
import { amountCell, dayCell, payerCell } from '../import/money-cells.ts';
import { planRentals, type RentalPlan } from './plan-rentals.ts';
import { keyOfRental, NO_TAX, type RentalRows } from './rental-row-context.ts';
import { undoRentals } from './undo-rentals.ts';
import { writeRentals } from './write-rentals.ts';

export const rentalRows: RowKind = {
  open: async (db, context): Promise<OpenRows<RentalPlan>> => {
    const sites = await selectRows(
      db.visible('sites as s'),
      pick('sites as s', 'id', 'name', 'name_norm', 'status'),
    );
    const rows: RentalRows = {
      ...context,
      billing: await getBilling(db),
      fields: editableFields(await listCustomFields(db, 'rental'), 'staff', {}),
      sites: new Map(sites.map((site) => [site.name_norm, site])),
      ...(await readTaxRates(db)),
    };
    return {
      parsers: rentalParsers(rows),
      keyOf: keyOfRental,
      plan: (batchDb, parsed, options) => planRentals(batchDb, rows, parsed, options),
      write: (batchDb, plans) => writeRentals(batchDb, rows, plans),
      undo: (batchDb, written) => undoRentals(batchDb, rows, written),
    };
  },
};

/** By name, code and id. A code comes before a name. */
async function readTaxRates(db: TenantDb) {
  const rates = await listTaxRates(db);
  const taxRates = new Map([
    [NO_TAX, NO_TAX] as const,
    ...rates.map(({ id, name }) => [fold(name), id] as const),
    ...rates.map(({ id, code }) => [normaliseCode(code), id] as const),
    ...rates.map(({ id }) => [id, id] as const),
  ]);
  return { taxRates, defaultTaxRate: rates.find(({ is_default }) => is_default)?.id ?? null };
}

function rentalParsers({
  fields,
  options,
  sites,
  taxRates,
  billing,
}: RentalRows): Record<string, CellParser> {
  const { currency } = billing;
  const day = dayCell(options);
  return {
    customer: payerCell,
    site: found((text) => sites.get(fold(text)), 'import_unknown_site'),
    unit: cellOf(line(), wholeNumber),
    starts_on: day,
    interval: intervalCell,
    price: cellOf(optionalAmount(currency), amountCell(options)),
    deposit: cellOf(amountFromZero(currency), amountCell(options)),
    tax_rate: found(
      (text) => taxRates.get(normaliseCode(text)) ?? taxRates.get(fold(text)),
      'import_unknown_tax_rate',
    ),
    billed_until: day,
    ends_on: day,
    ...customParsers(fields, options),
  };
}

function found(
  find: (text: string) => unknown,
  code: 'import_unknown_site' | 'import_unknown_tax_rate',
): CellParser {
  return {
    parse: (text) => {
      const value = find(text);
      return value === undefined ? { error: { code } } : { value };
    },
  };
}
