import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import { lockAccounts, type BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import {
  billInvoices,
  dueOn,
  invoicesOfPlan,
  planRental,
  storeNextPeriods,
  type RentalInvoice,
} from '../rental/bill-rentals.ts';
import { lockBilledRentals, type RentalToBill } from '../rental/billed-rentals.ts';
import { billThrough } from '../rental/rental.ts';
import { batchOf, type Batch, type Place, type RunContext, type RunStep } from './run-step.ts';

const MAX_RENTALS = 500;
const MAX_ACCOUNTS = 200;

const columns = pick('rentals as r', 'id', 'billing_account_id', 'next_period_on');

export type DueRental = RowOf<typeof columns>;

/** Bills every period that begins on the day or before and is not billed yet. */
export const billDueRentals: RunStep<DueRental> = {
  list: listDueRentals,
  process: async (db, context, rows) => {
    const { billing } = context;
    const ids = rows.map(({ id }) => id);
    const accounts = await lockAccounts(
      db,
      rows.map(({ billing_account_id }) => billing_account_id),
    );
    const planned = planRentals(context, await lockBilledRentals(db, ids));
    const parties = { accounts, buyers: await findBuyers(db, [...accounts.keys()]) };
    storeNextPeriods(
      db,
      planned.map(({ rental, plan }) => ({ id: rental.id, next_period_on: plan.next_period_on })),
    );
    const invoices = await billInvoices(db, billing, invoicesOf(billing, planned, parties));
    const own = invoices.filter(({ account }) => account.currency === billing.currency);
    const amount_cents = own.reduce((sum, { total_cents }) => sum + total_cents, 0n);
    return { invoices: invoices.length, amount_cents };
  },
  describe: ({ id }) => ({ id, path: `/rentals/${id}`, name: 'Rental' }),
};

/** With one invoice for an account, its rentals are in the same batch. */
export function listDueRentals(
  db: TenantDb,
  context: RunContext,
  after: Place | null,
): Promise<Batch<DueRental>> {
  return context.billing.invoice_per === 'account'
    ? listByAccount(db, context, after)
    : listByDay(db, context, after);
}

async function listByDay(db: TenantDb, context: RunContext, after: Place | null): Promise<Batch<DueRental>> {
  const due = dueRentals(db, context).orderBy(['r.next_period_on', 'r.id']).limit(MAX_RENTALS);
  if (after) void due.whereRaw('(r.next_period_on, r.id) > (?::date, ?::uuid)', [...after]);
  const rows = await selectRows(due, columns);
  return batchOf(rows, MAX_RENTALS, ({ next_period_on, id }) => [next_period_on!, id]);
}

async function listByAccount(
  db: TenantDb,
  context: RunContext,
  after: Place | null,
): Promise<Batch<DueRental>> {
  const due = dueRentals(db, context)
    .distinct('r.billing_account_id as id')
    .orderBy('id')
    .limit(MAX_ACCOUNTS);
  if (after) void due.where('r.billing_account_id', '>', after[0]!);
  const accounts = (await due) as { id: string }[];
  const ids = accounts.map(({ id }) => id);
  const own = dueRentals(db, context)
    .whereRaw('r.billing_account_id = any(?::uuid[])', [ids])
    .orderBy('r.id');
  const rows = await selectRows(own, columns);
  return { rows, next: accounts.length < MAX_ACCOUNTS ? null : [ids.at(-1)!] };
}

function dueRentals(db: TenantDb, context: RunContext) {
  return db.from('rentals as r').where('r.next_period_on', '<=', throughOf(context));
}

function throughOf({ billing, as_of }: RunContext): CivilDate {
  return billThrough({ ...billing, today: as_of });
}

export function planRentals(context: RunContext, rentals: readonly RentalToBill[]) {
  const through = throughOf(context);
  return rentals.map((rental) => ({ rental, plan: planRental(context.billing, rental, through) }));
}

interface Parties {
  accounts: ReadonlyMap<string, BillingAccount>;
  buyers: Awaited<ReturnType<typeof findBuyers>>;
}

/** The oldest first, so that it uses the credit of its account. */
export function invoicesOf(
  billing: Billing,
  planned: ReturnType<typeof planRentals>,
  { accounts, buyers }: Parties,
): RentalInvoice[] {
  const invoices = planned
    .flatMap(({ rental, plan }) => {
      const id = rental.billing_account_id;
      return invoicesOfPlan(rental, plan, { account: accounts.get(id)!, buyer: buyers.get(id)! });
    })
    .sort((one, other) => (one.starts_on < other.starts_on ? -1 : Number(one.starts_on > other.starts_on)));
  return billing.invoice_per === 'account' ? merged(billing, invoices) : invoices;
}

/** One invoice for the rentals of an account with the same due day. */
function merged(billing: Billing, invoices: readonly RentalInvoice[]): RentalInvoice[] {
  const groups = groupBy(invoices, (invoice) => `${invoice.account.id} ${dueOn(billing, invoice)}`);
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    periods: group.flatMap(({ periods }) => periods),
    lines: group.flatMap(({ lines }) => lines),
  }));
}
