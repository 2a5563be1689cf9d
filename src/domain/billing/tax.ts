import type { Row } from '../../database/tables.ts';
import { divide } from './proration.ts';

const MILLION = 1_000_000n;

export type TaxRate = Pick<Row<'tax_rates'>, 'id' | 'rate_ppm' | 'is_inclusive'>;

export interface TaxedAmount {
  net_cents: bigint;
  tax_cents: bigint;
}

/** `amount` includes the tax if the rate is inclusive. Each line is rounded, so that parts of lines always add up. */
export function taxedAmount(
  amount: bigint,
  rate: Pick<TaxRate, 'rate_ppm' | 'is_inclusive'> | null,
  step = 1n,
): TaxedAmount {
  if (!rate) return { net_cents: amount, tax_cents: 0n };
  const ppm = BigInt(rate.rate_ppm);
  if (!rate.is_inclusive) return { net_cents: amount, tax_cents: divide(amount * ppm, MILLION, step) };
  const net_cents = divide(amount * MILLION, MILLION + ppm, step);
  return { net_cents, tax_cents: amount - net_cents };
}

/** A line with the rate of its tax, and what was credited of it before. */
export interface CreditableLine extends TaxedAmount {
  tax_ppm: number;
  credited_net_cents: bigint;
  credited_tax_cents: bigint;
}

/** The tax of the next credited part: that of the rest of the line minus that of what is kept, so that all parts add up. */
export function taxOfPart(line: CreditableLine, net: bigint, step = 1n): bigint {
  const rest = restOf(line);
  const kept = { rate_ppm: line.tax_ppm, is_inclusive: false };
  const tax = rest.tax_cents - taxedAmount(rest.net_cents - net, kept, step).tax_cents;
  return between(0n, rest.tax_cents, tax);
}

/** The same for a part with its tax. */
export function splitPart(line: CreditableLine, total: bigint, step = 1n): TaxedAmount {
  const rest = restOf(line);
  const kept = { rate_ppm: line.tax_ppm, is_inclusive: true };
  const keptAmount = taxedAmount(rest.net_cents + rest.tax_cents - total, kept, step);
  const net_cents = between(0n, rest.net_cents, rest.net_cents - keptAmount.net_cents);
  const tax_cents = between(0n, rest.tax_cents, total - net_cents);
  return { net_cents: total - tax_cents, tax_cents };
}

/** What can still be credited. */
export function restOf(line: CreditableLine): TaxedAmount {
  return {
    net_cents: line.net_cents - line.credited_net_cents,
    tax_cents: line.tax_cents - line.credited_tax_cents,
  };
}

function between(one: bigint, other: bigint, value: bigint): bigint {
  const [low, high] = one < other ? [one, other] : [other, one];
  if (value < low) return low;
  return value > high ? high : value;
}
