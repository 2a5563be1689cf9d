import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, earlier, later, type CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { calculateLine, totalsOf, type InvoiceLine, type NewLine } from '../invoice/invoice-lines.ts';
import { planRental } from './bill-rentals.ts';
import { readBilledRentals, type RentalToBill } from './billed-rentals.ts';
import { creditAfter, creditLines, type CreditedLine } from './credit-rest.ts';
import { heldDeposit } from './deposit.ts';
import { depositLine } from './move-in.ts';
import type { Plan, PlannedPeriod } from './plan-periods.ts';
import type { Rental } from './rental-queries.ts';
import { listBilledLines, type BilledLine } from './billed-lines.ts';
import { billThrough, nextPeriodBefore, nextPeriodStart } from './rental.ts';

export interface TransferTarget {
  /** The first day in the new unit. */
  starts_on: CivilDate;
  price: bigint;
  deposit: bigint;
}

export interface TransferPlan {
  new_rental: RentalToBill;
  credits: readonly CreditedLine[];
  lines: readonly NewLine[];
  periods: readonly (PlannedPeriod & { rental_id: string })[];
  next: readonly { id: string; next_period_on: CivilDate | null }[];
}

interface TransferFacts {
  rental: RentalToBill;
  /** Of the rental. */
  billed: readonly BilledLine[];
  /** Of the rental, see `heldDeposit`. */
  held: bigint;
  unit_code: string;
}

/**
 * One invoice: the rest of the old rent is given back and that of the new one is charged for the same days, and the
 * difference of the deposits.
 */
export function planTransfer(
  billing: Billing,
  { rental, billed, held, unit_code }: TransferFacts,
  { starts_on, price, deposit }: TransferTarget,
): TransferPlan {
  const last = addDays(starts_on, -1);
  // The next period is never on the invoice of a transfer, because the customer has paid for the current one.
  const settings: Billing = { ...billing, first_invoice: 'stub', move_out_credit: 'days' };
  const new_rental = newRentalOf(rental, { starts_on, price, unit_code });
  const old = planOld(settings, rental, last);
  const fresh = planNew(settings, rental, new_rental);
  const credits = creditAfter(settings, rental, billed, last);
  const difference = deposit - held;
  return {
    new_rental,
    credits,
    lines: [
      ...creditLines(credits),
      ...[...old.invoices, ...fresh.invoices].flatMap(({ lines }) => lines),
      ...(difference === 0n ? [] : [depositLine(new_rental, difference)]),
    ],
    periods: [...periodsOf(rental.id, old), ...periodsOf(new_rental.id, fresh)],
    next: [
      { id: rental.id, next_period_on: old.next_period_on },
      { id: new_rental.id, next_period_on: fresh.next_period_on },
    ],
  };
}

/** Days of the old rental that are due and were not billed. */
function planOld(settings: Billing, rental: RentalToBill, last: CivilDate): Plan {
  const next_period_on = nextPeriodBefore(rental.next_period_on, last);
  return planRental(
    settings,
    { ...rental, ends_on: last, next_period_on },
    earlier(last, billThrough(settings)),
  );
}

/** As far as the old rental was billed, and what is due. */
function planNew(settings: Billing, { next_period_on }: RentalToBill, new_rental: RentalToBill): Plan {
  const { starts_on } = new_rental;
  const billedUntil = next_period_on === null ? starts_on : addDays(next_period_on, -1);
  return planRental(settings, new_rental, later(billThrough(settings, starts_on), billedUntil));
}

function periodsOf(rental_id: string, { invoices }: Plan): TransferPlan['periods'] {
  return invoices.flatMap(({ periods }) => periods.map((period) => ({ ...period, rental_id })));
}

/** The periods have the same days. Charges go on; an amount that is not prorated was billed for the current period. */
function newRentalOf(
  rental: RentalToBill,
  { starts_on, price, unit_code }: { starts_on: CivilDate; price: bigint; unit_code: string },
): RentalToBill {
  const following = nextPeriodStart(rental, starts_on);
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
      .map((charge) => ({
        ...charge,
        starts_on: later(
          charge.starts_on,
          charge.is_prorated || charge.amount_cents === null ? starts_on : following,
        ),
      })),
  };
}

export interface TransferQuote {
  lines: readonly InvoiceLine[];
  /** To be paid if positive, to be returned if negative. */
  total_cents: bigint;
}

/** What a transfer costs and gives back. Nothing is stored. */
export async function quoteTransfer(
  db: TenantDb,
  billing: Billing,
  { rental, account }: { rental: Rental; account: Pick<BillingAccount, 'deposit_cents'> },
  target: TransferTarget & { unit_code: string },
): Promise<TransferQuote> {
  const facts = await readTransferFacts(db, { rental, account }, target.unit_code);
  const { lines: planned } = planTransfer(billing, facts, target);
  const lines = planned.map((line, n) => calculateLine(line, n + 1, amountStep(facts.rental.currency)));
  return { lines, total_cents: totalsOf(lines).total_cents };
}

export async function readTransferFacts(
  db: TenantDb,
  { rental, account }: { rental: Rental; account: Pick<BillingAccount, 'deposit_cents'> },
  unit_code: string,
): Promise<TransferFacts> {
  const [toBill] = await readBilledRentals(db, [rental.id]);
  const billed = await listBilledLines(db, rental.id);
  return { rental: toBill!, billed, held: heldDeposit(rental, account), unit_code };
}
