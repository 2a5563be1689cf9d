import type { Row } from '../../database/tables.ts';
import { periodLength, periodOf, type BillingCycle, type Period } from '../billing/billing-period.ts';
import type { BillingSettings } from '../billing/billing-settings.ts';
import { addDays, dayOfMonth, daysOf, earlier, later, type CivilDate } from '../billing/civil-date.ts';
import { prorate, divide } from '../billing/proration.ts';
import type { TaxRate } from '../billing/tax.ts';
import type { NewLine } from '../invoice/invoice-lines.ts';

export interface BilledRental extends BillingCycle {
  id: string;
  starts_on: CivilDate;
  ends_on: CivilDate | null;
  /** Null when nothing is left to bill. */
  next_period_on: CivilDate | null;
  tax_rate: TaxRate | null;
  /** In the order of `effective_on`; the first one is that of the move-in. */
  prices: readonly { effective_on: CivilDate; price_cents: bigint }[];
  charges: readonly RentalCharge[];
}

export type RentalCharge = Pick<
  Row<'rental_charges'>,
  'kind' | 'description' | 'amount_cents' | 'amount_ppm' | 'starts_on' | 'ends_on' | 'is_prorated'
> & { tax_rate: TaxRate | null };

/** A whole period or a part of one, as `rental_periods` stores it. */
export interface PlannedPeriod extends Period {
  /** The rent for these days, in minor units. */
  price_cents: bigint;
  days: number;
  full_days: number;
}

/** What one invoice bills. */
export interface PlannedInvoice {
  /** The second one only on a first invoice with the next period. */
  periods: readonly PlannedPeriod[];
  lines: readonly NewLine[];
}

export interface Plan {
  invoices: readonly PlannedInvoice[];
  /** The new `next_period_on` of the rental. */
  next_period_on: CivilDate | null;
}

export interface PlanOptions {
  settings: Pick<BillingSettings, 'proration' | 'first_invoice' | 'stub_and_next_from_day'>;
  /** Periods that start on this day or before are billed. */
  through: CivilDate;
  /** Of the currency, see `amountStep`. */
  step: bigint;
  /** Named on the lines of rent. */
  unit_code: string;
}

/** One invoice for each period that is not billed yet, the oldest first. */
export function planPeriods(rental: BilledRental, options: PlanOptions): Plan {
  const invoices: PlannedInvoice[] = [];
  let next = rental.next_period_on;
  while (next !== null && next <= options.through) {
    const [invoice, following] = planInvoice(rental, next, options);
    invoices.push(invoice);
    next = following;
  }
  return { invoices, next_period_on: next };
}

function planInvoice(
  rental: BilledRental,
  from: CivilDate,
  options: PlanOptions,
): [PlannedInvoice, CivilDate | null] {
  const first = planPeriod(rental, from, options);
  const next = nextDay(rental, first.period);
  if (next === null || !hasNextPeriod(rental, first.period, options.settings))
    return [{ periods: [first.period], lines: first.lines }, next];
  const second = planPeriod(rental, next, options);
  return [
    { periods: [first.period, second.period], lines: [...first.lines, ...second.lines] },
    nextDay(rental, second.period),
  ];
}

function nextDay({ ends_on }: BilledRental, period: Period): CivilDate | null {
  return period.ends_on === ends_on ? null : addDays(period.ends_on, 1);
}

/** Whether the first invoice, for the part of a period, also has the period after it. */
function hasNextPeriod(
  { starts_on }: BilledRental,
  period: PlannedPeriod,
  { first_invoice, stub_and_next_from_day }: PlanOptions['settings'],
): boolean {
  const isStub = period.starts_on === starts_on && period.days < period.full_days;
  return (
    isStub && first_invoice === 'stub_and_next' && dayOfMonth(starts_on) >= (stub_and_next_from_day ?? 1)
  );
}

interface Days extends Period {
  /** The first day of the rental in the period. */
  since: CivilDate;
  full: number;
}

function planPeriod(rental: BilledRental, from: CivilDate, options: PlanOptions) {
  const whole = periodOf(rental, from);
  const days: Days = {
    starts_on: from,
    ends_on: rental.ends_on === null ? whole.ends_on : earlier(whole.ends_on, rental.ends_on),
    since: later(whole.starts_on, rental.starts_on),
    full: periodLength(whole),
  };
  const price = priceOn(rental, days.since);
  const rent = amountOf(rental, price, days, options);
  const period: PlannedPeriod = {
    starts_on: days.starts_on,
    ends_on: days.ends_on,
    price_cents: rent,
    days: daysOf(days.starts_on, days.ends_on),
    full_days: days.full,
  };
  const rentLine: NewLine = {
    ...lineOf(rental, period, price),
    kind: 'rent',
    description: 'Rent of unit {unit}',
    description_params: { unit: options.unit_code },
    unit_cents: rent,
    tax_rate: rental.tax_rate,
  };
  return { period, lines: [rentLine, ...chargeLines(rental, days, { period, rent, options })] };
}

/** What the days from `from` to `last` cost, which are in one period. */
export function linesUntil(
  rental: BilledRental,
  { from, last }: { from: CivilDate; last: CivilDate },
  options: PlanOptions,
): readonly NewLine[] {
  return planPeriod({ ...rental, ends_on: last }, from, options).lines;
}

/** A change of the price during a period counts from the next one. */
export function priceOn({ prices }: Pick<BilledRental, 'prices'>, date: CivilDate): bigint {
  const price = prices.findLast(({ effective_on }) => effective_on <= date) ?? prices[0];
  if (!price) throw new Error('A rental has a price');
  return price.price_cents;
}

/** What was billed of the period before is subtracted, so that the parts add up to the price. */
function amountOf(
  cycle: BillingCycle,
  price: bigint,
  { since, starts_on, ends_on, full }: Days,
  { settings, step }: PlanOptions,
): bigint {
  const until = (last: CivilDate) =>
    prorate(settings.proration, { price, days: daysOf(since, last), fullDays: full, cycle, step });
  return starts_on > since ? until(ends_on) - until(addDays(starts_on, -1)) : until(ends_on);
}

function chargeLines(
  rental: BilledRental,
  days: Days,
  { period, rent, options }: { period: PlannedPeriod; rent: bigint; options: PlanOptions },
): NewLine[] {
  let discountable = rent;
  return rental.charges
    .filter(
      ({ starts_on, ends_on }) => starts_on <= days.ends_on && (ends_on ?? days.starts_on) >= days.starts_on,
    )
    .map((charge) => {
      const full = charge.amount_cents ?? divide(rent * BigInt(charge.amount_ppm!), 1_000_000n, options.step);
      const isPart = charge.is_prorated && charge.amount_cents !== null;
      const amount = isPart ? amountOf(rental, full, days, options) : full;
      // Discounts lower the rent to 0 at most.
      const discount = amount < discountable ? amount : discountable;
      if (charge.kind === 'discount') discountable -= discount;
      return {
        ...(isPart ? lineOf(rental, period, full) : lineOf(rental, period, amount)),
        kind: charge.kind,
        description: charge.description,
        unit_cents: charge.kind === 'discount' ? -discount : amount,
        tax_rate: charge.kind === 'discount' ? rental.tax_rate : charge.tax_rate,
      };
    });
}

function lineOf({ id }: BilledRental, { starts_on, ends_on, days, full_days }: PlannedPeriod, full: bigint) {
  const part = days < full_days ? { days, full_days, full_cents: full } : null;
  return { rental_id: id, starts_on, ends_on, part };
}
