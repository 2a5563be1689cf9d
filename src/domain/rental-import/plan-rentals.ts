import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Changes } from '../audit/audit.ts';
import { changeError, rentErrorOf } from '../company/check-status.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { closedErrorOf, overlapError } from '../rental/free-unit.ts';
import { invoiceDayOf } from '../rental/move-in.ts';
import { errorAt } from '../import/cells.ts';
import type { Payer } from '../balance-import/find-payers.ts';
import type { OpenRows } from '../import/import-engine.ts';
import { missingValues, planCustomValues } from '../import/plan-custom-values.ts';
import { keyOfRental, NO_TAX, rentalCells, type RentalRows } from './rental-row-context.ts';
import { readSurroundings, type ImportedUnit, type Surroundings } from './rental-surroundings.ts';
import { checkTerms, termsOf, type RentalTerms } from './rental-terms.ts';
import type { EarlierRow, ParsedRow, RowError, RowPlan } from '../import/row.ts';

export interface PlannedRental extends RentalTerms {
  payer: Payer;
  unit: ImportedUnit;
  price_cents: bigint;
  /** Held already. */
  deposit_cents: bigint;
  tax_rate_id: string | null;
}

export interface RentalPlan extends RowPlan {
  target_id: string;
  /** Null in a row with errors. */
  rental: PlannedRental | null;
  /** By the codes of the fields, secrets as typed. */
  custom: Readonly<Record<string, FieldValue | null>>;
}

interface Batch extends Surroundings {
  rows: RentalRows;
  /** By key, also those of this batch. The part is the first and the last day. */
  earlier: Map<string, Pick<EarlierRow, 'line' | 'part_norm'>[]>;
  ids: ReadonlyMap<number, string>;
}

export async function planRentals(
  db: TenantDb,
  rows: RentalRows,
  parsed: readonly ParsedRow[],
  { earlier, ids, lock }: Parameters<OpenRows['plan']>[2],
): Promise<RentalPlan[]> {
  const surroundings = await readSurroundings(db, rows, parsed, lock);
  const byKey = groupBy(earlier, ({ key_norm }) => key_norm!);
  const batch: Batch = { ...surroundings, rows, ids, earlier: byKey };
  return parsed.map((row) => planRental(batch, row));
}

function planRental(batch: Batch, row: ParsedRow): RentalPlan {
  const { rows, ids, earlier } = batch;
  const errors = [...row.errors];
  const rental = row.errors.some(({ column }) => column === '') ? null : checkRental(batch, row, errors);
  const stored = rental && errors.length === 0 ? findSame(batch, rental) : undefined;
  if (rental && !stored) errors.push(...conflicts(batch, row, rental));
  const custom = planCustomValues(rows, row, { stored: undefined, errors });
  const key = errors.length > 0 ? null : keyOfRental(row);
  const part_norm = rental && `${rental.starts_on} ${rental.ends_on ?? ''}`;
  if (key !== null) earlier.set(key, [...(earlier.get(key) ?? []), { line: row.line, part_norm }]);
  return {
    line: row.line,
    errors,
    verdict: errors.length > 0 ? 'error' : stored ? 'unchanged' : 'create',
    key_norm: key,
    part_norm,
    detail_hashes: null,
    target_id: stored?.id ?? ids.get(row.line) ?? newId(),
    target_name: rental?.unit.code ?? rentalCells(row).unit ?? '',
    target_version: stored?.version ?? null,
    changes: {},
    ...(rental && !stored && { derived: derivedOf(rows, rental) }),
    rental: errors.length > 0 ? null : rental,
    custom: custom.values,
  };
}

/** An ended rental has nothing to bill. */
function derivedOf(
  { billing: { currency } }: RentalRows,
  { payer, next_period_on, price_cents }: PlannedRental,
): Changes {
  return {
    customer: [null, payer.name],
    price: [null, toDecimal(price_cents, currency)],
    ...(next_period_on !== null && { billed_from: [null, next_period_on] }),
  };
}

/** Null if a cell that the rental needs is missing or wrong. */
function checkRental({ rows, ...batch }: Batch, row: ParsedRow, errors: RowError[]): PlannedRental | null {
  const { billing } = rows;
  const cells = rentalCells(row);
  const { customer, site, unit: code, starts_on } = cells;
  const refuse = (column: string, error: Pick<RowError, 'code' | 'params'>) => {
    if (!errors.some((each) => each.column === column)) errors.push(errorAt(row, column, error));
  };
  for (const column of ['customer', 'site', 'unit', 'starts_on'] as const)
    if (cells[column] === undefined) refuse(column, { code: 'required' });
  for (const { column, ...error } of missingValues(rows, row)) refuse(column, error);
  checkTerms(billing, cells, refuse);
  const payer = customer === undefined ? undefined : batch.payers.get(customer);
  if (!payer) refuse('customer', { code: 'unknown_customer' });
  const unit = site && code !== undefined ? batch.units.get(keyOfRental(row)!) : undefined;
  if (site && !unit) refuse('unit', { code: 'import_unknown_unit' });
  if (!payer || !unit || starts_on === undefined) return null;
  const given = cells.tax_rate ?? unit.tax_rate_id ?? rows.defaultTaxRate;
  const tax_rate_id = given === NO_TAX ? null : given;
  if (tax_rate_id !== null && !rows.taxRates.has(tax_rate_id))
    refuse('tax_rate', { code: 'import_unknown_tax_rate' });
  const account = batch.accounts.get(payer.id) ?? { invoice_day: null };
  return {
    ...termsOf(billing, { ...cells, starts_on }, invoiceDayOf(billing, account)),
    payer,
    unit,
    price_cents: cells.price ?? unit.price_cents,
    deposit_cents: cells.deposit ?? 0n,
    tax_rate_id,
  };
}

/** The rental that an earlier import of the same row has created. */
function findSame({ rentals }: Batch, { unit, payer, starts_on }: PlannedRental) {
  return rentals.get(unit.id)?.find((each) => each.owner_id === payer.id && each.starts_on === starts_on);
}

/** With other rentals of the unit, with its site and with the status of the company. */
function conflicts(
  { sites, rentals, earlier }: Batch,
  row: ParsedRow,
  { status, payer, unit, starts_on, ends_on }: PlannedRental,
): RowError[] {
  const isEnded = status === 'ended';
  const company = payer.company && (isEnded ? changeError : rentErrorOf)(payer.company, 'customer');
  const closed = isEnded ? undefined : closedErrorOf(sites.get(unit.site_id)!, unit, 'unit');
  const stay = { from: starts_on, to: ends_on };
  const later = (rentals.get(unit.id) ?? []).filter((each) => (each.ends_on ?? starts_on) >= starts_on);
  const overlap = overlapError(unit, later, stay, 'unit');
  const twice = (earlier.get(keyOfRental(row)!) ?? []).find(({ part_norm }) => overlaps(part_norm!, stay));
  const params = { line: twice?.line ?? 0 };
  const found = [
    company,
    closed ?? overlap,
    twice && ({ field: 'unit', code: 'import_unit_twice', params } as const),
  ];
  return found.flatMap((error) =>
    error
      ? errorAt(row, error.field, { code: error.code, ...(error.params && { params: error.params }) })
      : [],
  );
}

function overlaps(days: string, { from, to }: { from: string; to: string | null }): boolean {
  const [starts_on, ends_on] = days.split(' ') as [string, string];
  return (to === null || starts_on <= to) && (ends_on === '' || ends_on >= from);
}
