import { column, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { normaliseCode } from '../company/company.ts';
import { otherColumns, rentalsFrom } from '../rental/free-unit.ts';
import { withType } from '../unit/unit-queries.ts';
import { findPayers, lockPayingCompanies, type Payer } from '../balance-import/find-payers.ts';
import { findAccountsOf } from '../balance-import/open-accounts.ts';
import { rentalCells, type RentalRows } from './rental-row-context.ts';
import type { ParsedRow } from '../import/row.ts';

const unitColumns = (db: TenantDb) => ({
  ...pick('units as u', 'id', 'site_id', 'code', 'code_norm', 'blocked_reason'),
  price_cents: db.raw<bigint>('coalesce(u.price_cents, t.price_cents)'),
  tax_rate_id: column('unit_types as t', 'tax_rate_id'),
});

export type ImportedUnit = RowOf<ReturnType<typeof unitColumns>>;

const rentalColumns = (db: TenantDb) => ({
  ...otherColumns(db),
  ...pick('rentals as r', 'unit_id', 'version'),
  owner_id: db.raw<string>('coalesce(b.company_id, b.user_id)'),
});

export type UnitRental = RowOf<ReturnType<typeof rentalColumns>>;

/** What the rentals of a batch are compared with. */
export interface Surroundings {
  payers: ReadonlyMap<string, Payer>;
  /** By the id of the person or the company. */
  accounts: ReadonlyMap<string, BillingAccount>;
  /** By the key of a row. */
  units: ReadonlyMap<string, ImportedUnit>;
  sites: ReadonlyMap<string, { name: string; status: string }>;
  /** By unit, the earliest first. */
  rentals: ReadonlyMap<string, UnitRental[]>;
}

/** A fixed number of statements. Locks units, sites, accounts and companies, in this order. */
export async function readSurroundings(
  db: TenantDb,
  { billing }: RentalRows,
  parsed: readonly ParsedRow[],
  lock: boolean,
): Promise<Surroundings> {
  const cells = parsed.map(rentalCells);
  const units = await readUnits(db, parsed, lock);
  const sites = await readSites(
    db,
    units.map(({ site_id }) => site_id),
    lock,
  );
  const texts = cells.flatMap(({ customer }) => customer ?? []);
  const payers = await findPayers(db, texts);
  const ownerIds = [...payers.values()].map(({ id }) => id);
  const accounts = await findAccountsOf(db, ownerIds, billing.currency, { lock });
  if (lock) await lockPayingCompanies(db, payers.values());
  const first = cells.flatMap(({ starts_on }) => starts_on ?? []).toSorted()[0] ?? billing.today;
  return {
    accounts,
    payers: lock ? await findPayers(db, texts) : payers,
    units: new Map(units.map((unit) => [`${unit.site_id} ${unit.code_norm}`, unit])),
    sites,
    rentals: await readRentals(
      db,
      units.map(({ id }) => id),
      first,
    ),
  };
}

async function readUnits(db: TenantDb, parsed: readonly ParsedRow[], lock: boolean): Promise<ImportedUnit[]> {
  const places = parsed
    .map(rentalCells)
    .flatMap(({ site, unit }) =>
      site && unit !== undefined ? [[site.id, normaliseCode(unit)] as const] : [],
    );
  const units = withType(db.visible('units as u'))
    .whereRaw(
      '(u.site_id, u.code_norm) in (select p.site_id, p.code_norm from unnest(?::uuid[], ?::text[]) p (site_id, code_norm))',
      [places.map(([site]) => site), places.map(([, code]) => code)],
    )
    .orderBy('u.id');
  return selectRows(lock ? units.forUpdate('u') : units, unitColumns(db));
}

async function readSites(db: TenantDb, ids: readonly string[], lock: boolean) {
  const sites = db
    .from('sites as s')
    .whereRaw('s.id = any(?::uuid[])', [[...new Set(ids)]])
    .orderBy('s.id');
  const rows = await selectRows(lock ? sites.forShare() : sites, {
    ...pick('sites as s', 'id', 'name'),
    status: column('sites as s', 'status') as Column<string>,
  });
  return new Map(rows.map((site) => [site.id, site]));
}

async function readRentals(
  db: TenantDb,
  unitIds: readonly string[],
  from: CivilDate,
): Promise<Map<string, UnitRental[]>> {
  const rentals = await selectRows(rentalsFrom(db, unitIds, from), rentalColumns(db));
  return groupBy(rentals, ({ unit_id }) => unit_id);
}
