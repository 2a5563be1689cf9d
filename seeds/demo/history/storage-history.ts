import { pick, selectRows, type RowOf } from '../../../src/database/columns.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { addDays, dayInMonth, monthNumber } from '../../../src/domain/billing/civil-date.ts';
import { billDueRentals } from '../../../src/domain/billing-run/bill-due-rentals.ts';
import { chargeLateFees } from '../../../src/domain/billing-run/charge-late-fees.ts';
import { lockOutOverdue } from '../../../src/domain/billing-run/rental-steps.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { createRental } from '../../../src/domain/rental/move-in.ts';
import { completeMoveOut } from '../../../src/domain/rental/move-out.ts';
import { giveNotice } from '../../../src/domain/rental/notice.ts';
import { changeRent } from '../../../src/domain/rental/rent-change.ts';
import { addCharge } from '../../../src/domain/rental/rental-charges.ts';
import { transferRental } from '../../../src/domain/rental/transfer.ts';
import { listAvailableUnits } from '../../../src/domain/unit/unit-queries.ts';
import { listDemoCustomers, type DemoCustomer } from './customers.ts';
import { accepted, demoActor, type DemoContext, type DemoDay } from './demo-context.ts';
import { payInvoices, type Payer } from './pay-invoices.ts';
import { runBillingStep } from './run-billing-step.ts';

/** The months in which customers with a demo login move in. Nothing else happens to their units. */
const plannedMoveIns: readonly [month: number, customer: string][] = [
  [0, 'Bright & Daughters Catering'],
  [1, 'Harbour Lane Books'],
  [2, 'Mensah Textiles'],
  [3, 'ada.obi@example.com'],
  [5, 'Kestrel Event Hire'],
  [7, 'kofi.mensah@example.com'],
  [9, 'Bright & Daughters Catering'],
  [12, 'Kestrel Event Hire'],
  [14, 'ada.obi@example.com'],
];

const plannedCustomers = new Set(plannedMoveIns.map(([, customer]) => customer));

const FIRST_MOVE_INS = 100;
const MONTH_OF_RENT_CHANGE = 12;
/** In which the last customers stop to pay. */
const FIRST_UNPAID_MONTH = 22;

export async function storageDays(context: DemoContext): Promise<DemoDay[]> {
  const { db, random, month } = context;
  const customers = await listDemoCustomers(db);
  const others = customers.filter(({ name }) => !plannedCustomers.has(name));
  const planned = plannedMoveIns.filter(([at]) => at === month).map(([, customer]) => customer);
  const movingIn = [
    ...customers.filter(({ name }) => planned.includes(name)),
    ...Array.from({ length: month === 0 ? FIRST_MOVE_INS : random.integer(6, 8) }, () => random.pick(others)),
  ];
  const pay =
    (...habits: Habit[]) =>
    (billing: Billing) =>
      payInvoices(db, billing, random, listPayers(customers, month, habits));
  return [
    [1, (billing) => startMonth(context, billing)],
    ...movingIn.map((customer): DemoDay => [
      random.integer(2, 27),
      (billing) => moveIn(context, billing, customer),
    ]),
    [4, pay('prompt')],
    [10, (billing) => giveNotices(context, billing)],
    [12, pay('prompt', 'late', 'partial')],
    [14, (billing) => transferOne(context, billing)],
    [16, (billing) => fineAndLockOut(db, billing)],
    [18, (billing) => creditOne(context, billing)],
    [20, pay('prompt', 'late', 'very late')],
    ...(month === MONTH_OF_RENT_CHANGE ? [[21, (billing) => raiseRents(db, billing)] as DemoDay] : []),
    [28, pay('prompt')],
  ];
}

type Habit = 'prompt' | 'late' | 'very late' | 'partial' | 'stopped';

/** By their place in the list, so that they keep it from month to month. */
function habitOf(index: number, customer: DemoCustomer, month: number): Habit {
  if (plannedCustomers.has(customer.name)) return 'prompt';
  const isEnd = month >= FIRST_UNPAID_MONTH;
  if (index % 20 === 7) return isEnd ? 'stopped' : 'prompt';
  if (index % 20 === 13) return isEnd ? 'partial' : 'prompt';
  if (index % 7 === 3) return (index + month) % 5 === 0 ? 'very late' : 'late';
  return 'prompt';
}

function listPayers(customers: readonly DemoCustomer[], month: number, habits: readonly Habit[]): Payer[] {
  return customers
    .map((customer, index) => ({ id: customer.id, habit: habitOf(index, customer, month) }))
    .filter(({ habit }) => habits.includes(habit))
    .map(({ id, habit }) => ({ id, thousandths: habit === 'partial' ? 400n : 1000n }));
}

/** Completes the move-outs of the month before, and bills the month. */
async function startMonth({ db, random }: DemoContext, billing: Billing): Promise<void> {
  const left = db
    .from('rentals')
    .where({ status: 'active' })
    .where('ends_on', '<', billing.today)
    .orderBy('id');
  for (const { id, deposit_cents } of await selectRows(left, pick('rentals', 'id', 'deposit_cents'))) {
    const isDamaged = deposit_cents > 0n && random.chance(0.15);
    accepted(
      await completeMoveOut(db, demoActor, billing, {
        id,
        blocked_reason: null,
        kept: isDamaged ? deposit_cents / 2n : 0n,
        kept_reason: isDamaged ? 'The door was damaged' : null,
        kept_tax_rate: null,
        pays_invoices: true,
      }),
    );
  }
  await runBillingStep(db, billing, billDueRentals);
}

export async function moveIn(
  { db, random }: Pick<DemoContext, 'db' | 'random'>,
  billing: Billing,
  { owner }: DemoCustomer,
  starts_on = billing.today,
): Promise<{ id: string }> {
  const unit = random.pick(await listAvailableUnits(db));
  const { rental } = accepted(
    await createRental(db, demoActor, billing, {
      owner,
      unit_id: unit.id,
      starts_on,
      interval: '1_month',
      price: unit.price_cents,
      deposit: unit.deposit_cents,
      tax_rate_id: unit.tax_rate_id,
    }),
  );
  if (random.chance(0.3)) await addInsurance(db, billing, rental.id, starts_on);
  return rental;
}

async function addInsurance(db: TenantDb, billing: Billing, id: string, starts_on: string): Promise<void> {
  const charge = { kind: 'insurance', description: 'Contents insurance', amount: 6_50n } as const;
  const rest = { amount_ppm: null, tax_rate_id: null, starts_on, is_prorated: true };
  accepted(await addCharge(db, demoActor, billing, { id, ...charge, ...rest }));
}

const rentalColumns = {
  ...pick('rentals as r', 'id', 'starts_on', 'price_cents', 'locked_out_at'),
  ...pick('billing_accounts as b', 'user_id', 'company_id'),
};

export type ActiveRental = RowOf<typeof rentalColumns>;

/** Without a last day, and not of the customers whose rentals are planned. */
export async function listActiveRentals(db: TenantDb): Promise<ActiveRental[]> {
  const planned = (await listDemoCustomers(db)).filter(({ name }) => plannedCustomers.has(name));
  const ids = new Set(planned.map(({ id }) => id));
  const active = db
    .from('rentals as r')
    .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .where('r.status', 'active')
    .whereNull('r.ends_on')
    .orderBy('r.id');
  const rows = await selectRows(active, rentalColumns);
  return rows.filter(({ user_id, company_id }) => !ids.has((user_id ?? company_id)!));
}

async function giveNotices({ db, random, month }: DemoContext, billing: Billing): Promise<void> {
  if (month === 0) return;
  const leaving = random.shuffled(await listActiveRentals(db)).slice(0, random.integer(4, 5));
  for (const { id } of leaving) {
    const ends_on = addDays(billing.today, random.integer(14, 30));
    accepted(await giveNotice(db, demoActor, billing, { id, ends_on }));
  }
}

async function transferOne({ db, random, month }: DemoContext, billing: Billing): Promise<void> {
  const rentals = (await listActiveRentals(db)).filter(({ starts_on }) => starts_on < billing.today);
  if (month % 2 === 0 || rentals.length === 0) return;
  const to = random.pick(await listAvailableUnits(db));
  accepted(
    await transferRental(db, demoActor, billing, {
      id: random.pick(rentals).id,
      to_unit_id: to.id,
      starts_on: billing.today,
      price: to.price_cents,
      deposit: to.deposit_cents,
    }),
  );
}

async function fineAndLockOut(db: TenantDb, billing: Billing): Promise<void> {
  await runBillingStep(db, billing, chargeLateFees);
  await runBillingStep(db, billing, lockOutOverdue);
}

/** A tenth of the rent of a month. */
async function creditOne({ db, random, month }: DemoContext, billing: Billing): Promise<void> {
  if (month % 2 === 0) return;
  const lines = db
    .from('invoice_lines as l')
    .join('invoices as i', { 'i.tenant_id': 'l.tenant_id', 'i.id': 'l.invoice_id' })
    .where({ 'i.kind': 'invoice', 'i.status': 'paid', 'l.kind': 'rent' })
    .where('i.issued_on', dayInMonth(monthNumber(billing.today), 1))
    .where('l.credited_net_cents', 0)
    .where('l.net_cents', '>', 10)
    .orderBy(['i.number', 'l.position']);
  const rows = await selectRows(lines, pick('invoice_lines as l', 'invoice_id', 'position', 'net_cents'));
  if (rows.length === 0) return;
  const { invoice_id, position, net_cents } = random.pick(rows);
  const parts = [{ position, net_cents: net_cents / 10n }];
  const reason = 'The lift was out of order for three days';
  accepted(await issueCreditNote(db, demoActor, billing, { invoice_id, parts, reason }));
}

/** By five per cent, for customers since the first months. */
async function raiseRents(db: TenantDb, billing: Billing): Promise<void> {
  const since = addDays(billing.today, -300);
  for (const { id, starts_on, price_cents } of await listActiveRentals(db)) {
    if (starts_on > since) continue;
    const price = ((price_cents * 105n) / 5000n) * 50n;
    const effective_on = addDays(billing.today, 35);
    accepted(await changeRent(db, demoActor, billing, { id, price, effective_on }));
  }
}
