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

/**
 * The tax of the next part of a line of which `credited` was credited before. Cumulative, so that the taxes of all
 * parts add up to that of the line.
 */
export function taxOfPart(line: TaxedAmount, credited: TaxedAmount, net: bigint, step = 1n): bigint {
  if (line.net_cents === 0n) return 0n;
  return divide((credited.net_cents + net) * line.tax_cents, line.net_cents, step) - credited.tax_cents;
}
