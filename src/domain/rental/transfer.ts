import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount, Owner } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, earlier, later, type CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { calculateLine, totalsOf, type InvoiceLine, type NewLine } from '../invoice/invoice-lines.ts';
import type { Unit } from '../unit/unit-queries.ts';
import { recomputeUnitStatus } from '../unit/unit-status.ts';
import {
  billInvoices,
  planRental,
  sourceKey,
  storeNextPeriods,
  totalOf,
  type BilledInvoice,
  type RentalInvoice,
} from './bill-rentals.ts';
import { readBilledRentals, type RentalToBill } from './billed-rentals.ts';
import { closeRequests } from './close-requests.ts';
import { creditAfter, creditLines, draftError, markCredited, type CreditedLine } from './credit-rest.ts';
import { heldDeposit } from './deposit.ts';
import { occupancyError } from './free-unit.ts';
import { depositLine, ownerError } from './move-in.ts';
import { noticeError } from './notice.ts';
import type { PlannedPeriod } from './plan-periods.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import {
  listBilledLines,
  lockRental,
  updateRental,
  type BilledLine,
  type LockedRental,
  type Rental,
} from './rental-queries.ts';
import { billThrough, nextPeriodBefore } from './rental.ts';
import { useCredit } from './use-credit.ts';

export interface TransferTarget {
  /** The first day in the new unit. */
  starts_on: CivilDate;
  price: bigint;
  deposit: bigint;
}

interface TransferPlan {
  new_rental: RentalToBill;
  credits: readonly CreditedLine[];
  lines: readonly NewLine[];
  periods: readonly (PlannedPeriod & { rental_id: string })[];
  next: readonly { id: string; next_period_on: CivilDate | null }[];
}

interface TransferFacts {
  rental: RentalToBill;
  /** Of the rental, with a day from `starts_on` on. */
  billed: readonly BilledLine[];
  /** Of the rental, see `heldDeposit`. */
  held: bigint;
  unit_code: string;
}

/**
 * One invoice: the rest of the old rent is given back and that of the new one is charged for the same days, and the
 * difference of the deposits.
 */
function planTransfer(
  billing: Billing,
  { rental, billed, held, unit_code }: TransferFacts,
  { starts_on, price, deposit }: TransferTarget,
): TransferPlan {
  const last = addDays(starts_on, -1);
  // The next period is never on the invoice of a transfer, because the customer has paid for the current one.
  const settings: Billing = { ...billing, first_invoice: 'stub', move_out_credit: 'days' };
  const next_period_on = nextPeriodBefore(rental.next_period_on, last);
  const through = billThrough(billing);
  const old = planRental(settings, { ...rental, ends_on: last, next_period_on }, earlier(last, through));
  const new_rental = newRentalOf(rental, { starts_on, price, unit_code });
  const billedUntil = rental.next_period_on === null ? last : addDays(rental.next_period_on, -1);
  const first = later(starts_on, billedUntil);
  const fresh = planRental(settings, new_rental, later(first, starts_on <= through ? through : starts_on));
  const credits = creditAfter(settings, rental, billed, last);
  const difference = deposit - held;
  const planned = [...old.invoices, ...fresh.invoices];
  return {
    new_rental,
    credits,
    lines: [
      ...creditLines(credits),
      ...planned.flatMap(({ lines }) => lines),
      ...(difference === 0n ? [] : [depositLine(new_rental, difference)]),
    ],
    periods: [
      ...old.invoices.flatMap(({ periods }) =>
        periods.map((period) => ({ ...period, rental_id: rental.id })),
      ),
      ...fresh.invoices.flatMap(({ periods }) =>
        periods.map((period) => ({ ...period, rental_id: new_rental.id })),
      ),
    ],
    next: [
      { id: rental.id, next_period_on: old.next_period_on },
      { id: new_rental.id, next_period_on: fresh.next_period_on },
    ],
  };
}

/** The periods have the same days. Charges go on; one that is not prorated was billed for the current period. */
function newRentalOf(
  rental: RentalToBill,
  { starts_on, price, unit_code }: { starts_on: CivilDate; price: bigint; unit_code: string },
): RentalToBill {
  const following = later(starts_on, rental.next_period_on ?? starts_on);
  return {
    ...rental,
    id: newId(),
    unit_code,
    starts_on,
    ends_on: null,
    next_period_on: starts_on,
    prices: [{ effective_on: starts_on, price_cents: price }],
    charges: rental.charges
      .filter(({ ends_on }) => ends_on === null || ends_on >= starts_on)
      .map((charge) => ({ ...charge, starts_on: charge.is_prorated ? starts_on : following })),
  };
}

export interface TransferQuote {
  lines: readonly InvoiceLine[];
  /** To be paid if positive, to be returned if negative. */
  total_cents: bigint;
}

/** What a transfer costs and gives back. `billed` are the lines with a day from its start on. Nothing is stored. */
export function calculateTransfer(
  billing: Billing,
  facts: TransferFacts,
  target: TransferTarget,
): TransferQuote {
  const { lines: planned } = planTransfer(billing, facts, target);
  const lines = planned.map((line, n) => calculateLine(line, n + 1, amountStep(facts.rental.currency)));
  return { lines, total_cents: totalsOf(lines).total_cents };
}

export async function quoteTransfer(
  db: TenantDb,
  billing: Billing,
  { rental, account }: { rental: Rental; account: Pick<BillingAccount, 'deposit_cents'> },
  target: TransferTarget & { unit_code: string },
): Promise<TransferQuote> {
  const facts = await readFacts(db, { rental, account }, target);
  return calculateTransfer(billing, facts, target);
}

async function readFacts(
  db: TenantDb,
  { rental, account }: { rental: Rental; account: Pick<BillingAccount, 'deposit_cents'> },
  { starts_on, unit_code }: { starts_on: CivilDate; unit_code: string },
): Promise<TransferFacts> {
  const [toBill] = await readBilledRentals(db, [rental.id]);
  const billed = await listBilledLines(db, rental.id, addDays(starts_on, -1));
  return { rental: toBill!, billed, held: heldDeposit(rental, account), unit_code };
}

export interface TransferValues extends TransferTarget {
  id: string;
  to_unit_id: string;
}

export type TransferResult =
  { ok: true; rental: { id: string; unit_code: string }; invoices: readonly BilledInvoice[] } | RefusedValues;

/** On a day in the future the customer keeps the old unit until then. @throws {NotFound} */
export async function transferRental(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, to_unit_id, ...target }: TransferValues,
): Promise<TransferResult> {
  const locked = await lockRental(db, id, [to_unit_id]);
  const to = locked.units.get(to_unit_id);
  if (!to) return refuse({ field: 'to_unit_id', code: 'invalid' });
  const error = await transferError(db, billing, locked, to, target);
  if (error) return refuse(error);
  const facts = await readFacts(db, locked, { ...target, unit_code: to.code });
  const plan = planTransfer(billing, facts, target);
  const refused = draftError(plan.credits, 'to_unit_id');
  if (refused) return refused;
  storeTransfer(db, actor, billing, locked, { to, plan, target });
  await emailTransfer(db, billing, locked, { to, id: plan.new_rental.id, starts_on: target.starts_on });
  const invoices = await billTransfer(db, billing, locked, plan);
  storeNextPeriods(db, plan.next);
  recomputeUnitStatus(db, [locked.unit.id, to.id]);
  recordTransfer(db, actor, locked, { to, plan, target, invoices });
  await useCredit(db, actor, billing, locked.account.id);
  return { ok: true, rental: { id: plan.new_rental.id, unit_code: to.code }, invoices };
}

async function transferError(
  db: TenantDb,
  billing: Billing,
  { rental, unit, account }: LockedRental,
  to: Unit,
  { starts_on }: TransferTarget,
): Promise<FieldError | undefined> {
  const field = 'starts_on';
  if (to.id === unit.id) return { field: 'to_unit_id', code: 'same_unit' };
  if (rental.status === 'active' && starts_on <= rental.starts_on)
    return { field, code: 'transfer_too_early', params: { day: addDays(rental.starts_on, 1) } };
  return (
    noticeError(billing, rental, addDays(starts_on, -1), field) ??
    (await ownerError(db, ownerOf(account), 'to_unit_id')) ??
    (await occupancyError(db, to, { from: starts_on, to: null }, 'to_unit_id'))
  );
}

function ownerOf({ user_id, company_id }: BillingAccount): Owner {
  return company_id === null ? { user_id: user_id! } : { company_id };
}

function storeTransfer(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental }: LockedRental,
  { to, plan, target }: { to: Unit; plan: TransferPlan; target: TransferTarget },
): void {
  const { starts_on, price, deposit } = target;
  const hasBegun = starts_on <= billing.today;
  const { id, charges } = plan.new_rental;
  const { anchor_on, anchor_day, interval_unit, interval_count } = rental;
  const { billing_account_id, occupant_user_id, tax_rate_id } = rental;
  const status = hasBegun ? ('active' as const) : ('reserved' as const);
  const cycle = { anchor_on, anchor_day, interval_unit, interval_count };
  const kept = { billing_account_id, occupant_user_id, tax_rate_id, ...cycle };
  const prices = { price_cents: price, deposit_cents: deposit, next_period_on: starts_on };
  updateRental(db, rental, {
    ends_on: addDays(starts_on, -1),
    notice_given_on: billing.today,
    // The deposit is that of the new rental from now on.
    deposit_settled_on: billing.today,
    ...(hasBegun && { status: 'ended' as const }),
  });
  db.defer(
    db.insertInto('rentals', {
      id,
      unit_id: to.id,
      status,
      starts_on,
      transferred_from_id: rental.id,
      ...kept,
      ...prices,
    }),
  );
  const created_by = actor.kind === 'staff' ? actor.id : null;
  db.defer(
    db.insertInto('rental_prices', {
      id: newId(),
      rental_id: id,
      effective_on: starts_on,
      price_cents: price,
      created_by,
    }),
  );
  const copies = charges.map(({ tax_rate, ...charge }) => ({
    id: newId(),
    rental_id: id,
    kind: charge.kind,
    description: charge.description,
    amount_cents: charge.amount_cents,
    amount_ppm: charge.amount_ppm,
    starts_on: charge.starts_on,
    ends_on: charge.ends_on,
    is_prorated: charge.is_prorated,
    tax_rate_id: tax_rate?.id ?? null,
  }));
  if (copies.length > 0) db.defer(insertMany(db, 'rental_charges', copies));
  if (hasBegun) closeRequests(db, actor, billing, { rental_ids: [rental.id], status: 'completed' });
}

/** On a later day, the last day in the old unit and the first one in the new unit. */
async function emailTransfer(
  db: TenantDb,
  billing: Billing,
  { rental, unit }: LockedRental,
  { to, id, starts_on }: { to: Unit; id: string; starts_on: CivilDate },
): Promise<void> {
  const { billing_account_id } = rental;
  const moved = [{ id, billing_account_id, unit_code: to.code, on: starts_on }];
  if (starts_on <= billing.today)
    return queueRentalEmails(db, billing, 'transferCompleted', moved, { old_unit_code: unit.code });
  const left = { ...rental, unit_code: unit.code, on: addDays(starts_on, -1) };
  await queueRentalEmails(db, billing, 'moveOutScheduled', [left]);
  await queueRentalEmails(db, billing, 'moveInScheduled', moved);
}

async function billTransfer(
  db: TenantDb,
  billing: Billing,
  { account }: LockedRental,
  { new_rental, credits, lines, periods }: TransferPlan,
): Promise<BilledInvoice[]> {
  if (lines.length === 0) return [];
  const buyers = await findBuyers(db, [account.id]);
  const invoice: RentalInvoice = {
    account,
    buyer: buyers.get(account.id)!,
    periods,
    lines,
    starts_on: new_rental.starts_on,
    source_key: sourceKey(new_rental.id, new_rental.starts_on),
  };
  const invoices = await billInvoices(db, billing, [invoice]);
  markCredited(db, credits);
  return invoices;
}

function recordTransfer(
  db: TenantDb,
  actor: Actor,
  { rental, unit, account }: LockedRental,
  {
    to,
    plan,
    target,
    invoices,
  }: { to: Unit; plan: TransferPlan; target: TransferTarget; invoices: readonly BilledInvoice[] },
): void {
  const { currency } = account;
  const changes = {
    unit: [unit.code, to.code],
    first_day: [null, target.starts_on],
    price: [null, amountText(target.price, currency)],
    total: [null, amountText(totalOf(invoices), currency)],
  };
  for (const id of [rental.id, plan.new_rental.id])
    recordAudit(db, actor, {
      event: 'rental.transferred',
      target: { type: 'rental', id, name: id === rental.id ? unit.code : to.code },
      changes,
    });
}
