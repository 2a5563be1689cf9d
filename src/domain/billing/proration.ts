import type { BillingSettings } from './billing-settings.ts';
import type { BillingCycle } from './billing-period.ts';

export type Proration = BillingSettings['proration'];

/** Half up, away from zero, to a multiple of `step`. */
export function divide(numerator: bigint, denominator: bigint, step = 1n): bigint {
  const absolute = numerator < 0n ? -numerator : numerator;
  const divisor = denominator * step;
  const quotient = ((2n * absolute + divisor) / (2n * divisor)) * step;
  return numerator < 0n ? -quotient : quotient;
}

interface Part {
  /** Of the full period, in minor units. */
  price: bigint;
  days: number;
  /** Of the full period. */
  fullDays: number;
  cycle: Pick<BillingCycle, 'interval_unit' | 'interval_count'>;
  /** Of the currency, see `amountStep`. */
  step: bigint;
}

/** The price of a part of a period, never more than that of the full period. */
export function prorate(method: Proration, { price, days, fullDays, cycle, step }: Part): bigint {
  if (method === 'none' || days >= fullDays) return price;
  const part = partOf(method, { price, days: BigInt(days), fullDays: BigInt(fullDays), cycle, step });
  return part > price ? price : part;
}

function partOf(
  method: Exclude<Proration, 'none'>,
  {
    price,
    days,
    fullDays,
    cycle,
    step,
  }: Omit<Part, 'days' | 'fullDays'> & { days: bigint; fullDays: bigint },
): bigint {
  // The other two methods know months only.
  if (method === 'actual' || cycle.interval_unit === 'week') return divide(price * days, fullDays, step);
  const months = BigInt(cycle.interval_count);
  if (method === 'annual_365') return divide(price * 12n * days, 365n * months, step);
  return divide(price * days, 30n * months, step);
}
