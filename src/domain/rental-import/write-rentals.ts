import { insertMany } from '../../database/insert-many.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { recordAudits, type AuditEntry } from '../audit/record-audit.ts';
import { movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { indexValues } from '../custom-field/store-values.ts';
import { firstPrice } from '../rental/move-in.ts';
import { recomputeOccupancy } from '../rental/renting.ts';
import { openAccounts, type OpenedAccounts } from '../balance-import/open-accounts.ts';
import type { PlannedRental, RentalPlan } from './plan-rentals.ts';
import type { RentalRows } from './rental-row-context.ts';
import type { WrittenRow } from '../import/row.ts';
import { sealedValues } from '../import/write-custom-values.ts';

/** What `undoRentals` needs. */
export interface RentalUndo {
  account_id: string;
  /** The account was opened for the rental. */
  is_account_new: boolean;
}

const CREATED_VERSION = 1;

type Written = RentalPlan & { rental: PlannedRental };

/** Sends no email and issues no invoice. A fixed number of statements. */
export async function writeRentals(
  db: TenantDb,
  rows: RentalRows,
  plans: readonly RentalPlan[],
): Promise<WrittenRow[]> {
  const written = plans as readonly Written[];
  if (written.length === 0) return [];
  const payers = written.map(({ rental }) => rental.payer);
  const opened = await openAccounts(db, payers, rows.billing.currency);
  insertRentals(db, rows, written, opened);
  postHeldDeposits(db, rows, written, opened);
  const unitIds = written.map(({ rental }) => rental.unit.id);
  recomputeOccupancy(db, [...new Set(unitIds)]);
  recordAudits(
    db,
    rows.actor,
    written.map((plan) => auditEntry(rows, plan)),
  );
  return written.map(({ line, rental: { payer } }): WrittenRow => {
    const undo: RentalUndo = {
      account_id: opened.accounts.get(payer.id)!.id,
      is_account_new: opened.created.has(opened.accounts.get(payer.id)!.id),
    };
    return { line, result: 'created', errors: [], target_version: CREATED_VERSION, undo };
  });
}

function insertRentals(
  db: TenantDb,
  rows: RentalRows,
  plans: readonly Written[],
  { accounts }: OpenedAccounts,
): void {
  const values = plans.map((plan) => sealedValues(rows, plan));
  const rentals = plans.map(({ target_id: id, rental }, index) => ({
    id,
    ...rentalColumns(rows, rental),
    billing_account_id: accounts.get(rental.payer.id)!.id,
    custom: JSON.stringify(values[index]),
  }));
  db.defer(insertMany(db, 'rentals', rentals));
  db.defer(
    insertMany(
      db,
      'rental_prices',
      rentals.map((rental) => firstPrice(rows.actor, rental)),
    ),
  );
  indexValues(
    db,
    rows.fields,
    plans.map(({ target_id: id }, index) => ({ id, values: values[index]!, is_new: true })),
  );
}

function rentalColumns({ billing: { today } }: RentalRows, rental: PlannedRental) {
  const { status, payer, unit, starts_on, ends_on, cycle, next_period_on, billed_until } = rental;
  const { price_cents, deposit_cents, tax_rate_id } = rental;
  return {
    unit_id: unit.id,
    occupant_user_id: payer.company ? null : payer.id,
    status,
    starts_on,
    ends_on,
    ...cycle,
    next_period_on,
    billed_until,
    price_cents,
    deposit_cents,
    deposit_settled_on: status === 'ended' ? today : null,
    tax_rate_id,
    notice_given_on: status === 'active' && ends_on !== null ? today : null,
  };
}

/** The money was received before the import, so that no payment is recorded. */
function postHeldDeposits(
  db: TenantDb,
  { billing: { currency, today } }: RentalRows,
  plans: readonly Written[],
  { accounts }: OpenedAccounts,
): void {
  postEntries(
    db,
    plans.map(({ target_id, rental: { payer, deposit_cents } }) => ({
      billing_account_id: accounts.get(payer.id)!.id,
      currency,
      posting: 'deposit',
      source_type: 'rental',
      source_id: target_id,
      effective_on: today,
      movements: movement('cash', 'deposit', deposit_cents),
    })),
  );
}

function auditEntry({ billing: { currency } }: RentalRows, { target_id, rental }: Written): AuditEntry {
  const { payer, unit, starts_on, ends_on, billed_until, price_cents, deposit_cents } = rental;
  return {
    event: 'rental.imported',
    target: { type: 'rental', id: target_id, name: unit.code },
    changes: {
      customer: [null, payer.name],
      starts_on: [null, starts_on],
      ...(ends_on !== null && { last_day: [null, ends_on] }),
      billed_until: [null, billed_until],
      price: [null, toDecimal(price_cents, currency)],
      ...(deposit_cents > 0n && { deposit: [null, toDecimal(deposit_cents, currency)] }),
    },
  };
}
