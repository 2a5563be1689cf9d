import type { TenantDb } from '../../database/tenant-db.ts';
import { findAccounts } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import { getBilling, type Billing } from '../billing/billing-settings.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import { calculateInvoices } from '../invoice/issue-invoices.ts';
import { dueOn, isAutomatic, newInvoice, type RentalInvoice } from '../rental/bill-rentals.ts';
import { readBilledRentals, type RentalToBill } from '../rental/billed-rentals.ts';
import { invoicesOf, listDueRentals, planRentals } from './bill-due-rentals.ts';
import type { Place, RunContext } from './run-step.ts';

/** An invoice that the run of rentals would create. */
export interface PlannedBill {
  issued_on: CivilDate;
  due_on: CivilDate;
  customer: string;
  units: string;
  starts_on: CivilDate;
  ends_on: CivilDate;
  total_cents: bigint;
  currency: string;
  is_draft: boolean;
}

export interface PlannedBatch {
  bills: PlannedBill[];
  /** Rentals that could not be billed. */
  errors: number;
  next: Place | null;
}

/** What would be billed up to the day, of the rentals after a place. Nothing is stored or locked. */
export async function planBatch(
  db: TenantDb,
  as_of: CivilDate | undefined,
  after: Place | null,
): Promise<PlannedBatch> {
  const billing = await getBilling(db);
  const context = { billing, as_of: as_of ?? billing.today };
  const { rows, next } = await listDueRentals(db, context, after);
  const rentals = await readBilledRentals(
    db,
    rows.map(({ id }) => id),
  );
  const accountIds = rows.map(({ billing_account_id }) => billing_account_id);
  const parties = { accounts: await findAccounts(db, accountIds), buyers: await findBuyers(db, accountIds) };
  const planned = rentals.flatMap((rental) => planOne(context, rental));
  const units = new Map(rentals.map(({ id, unit_code }) => [id, unit_code]));
  const bills = invoicesOf(billing, planned, parties).map((invoice) => toBill(billing, invoice, units));
  return { bills, errors: rentals.length - planned.length, next };
}

/** Empty for a rental that the run would record as a failure. */
function planOne(context: RunContext, rental: RentalToBill) {
  try {
    return planRentals(context, [rental]);
  } catch {
    return [];
  }
}

function toBill(billing: Billing, invoice: RentalInvoice, units: ReadonlyMap<string, string>): PlannedBill {
  const { account, buyer, periods, starts_on } = invoice;
  const [calculated] = calculateInvoices(billing, [newInvoice(billing, invoice)]);
  const { total_cents } = calculated!;
  return {
    issued_on: later(billing.today, addDays(starts_on, -billing.days_ahead)),
    due_on: dueOn(billing, invoice),
    customer: buyer.name,
    units: [...new Set(periods.map(({ rental_id }) => units.get(rental_id)!))].join(', '),
    starts_on,
    ends_on: periods.map(({ ends_on }) => ends_on).reduce(later),
    total_cents,
    currency: account.currency,
    is_draft: !isAutomatic(billing, account),
  };
}

type Read = <Result>(work: (db: TenantDb) => Promise<Result>) => Promise<Result>;

/** Each batch in a transaction of its own, so that memory stays flat. */
export async function* planBilling(read: Read, asOf: CivilDate | undefined): AsyncGenerator<PlannedBatch> {
  let after: Place | null = null;
  do {
    const place: Place | null = after;
    const batch: PlannedBatch = await read((db) => planBatch(db, asOf, place));
    yield batch;
    after = batch.next;
  } while (after !== null);
}
