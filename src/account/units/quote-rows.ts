import type { CivilDate } from '../../domain/billing/civil-date.ts';
import type { InvoiceLine } from '../../domain/invoice/invoice-lines.ts';
import type { MoveOutQuote } from '../../domain/rental/move-out.ts';
import type { TransferQuote } from '../../domain/rental/plan-transfer.ts';

/** A line of what a request costs or gives back, with its tax. */
export interface QuoteRow {
  description: string;
  starts_on: CivilDate | null;
  ends_on: CivilDate | null;
  /** Null for a whole period. */
  part: { days: number; full_days: number; full_cents: bigint } | null;
  /** Negative if it is given back. */
  amount_cents: bigint;
}

export function moveOutRows({ credits, charges }: MoveOutQuote): QuoteRow[] {
  const given = credits.map(({ line, starts_on, days, full_days, net_cents, tax_cents }) => ({
    description: line.description,
    starts_on,
    ends_on: line.ends_on,
    part: { days, full_days, full_cents: line.full_cents ?? line.unit_cents },
    amount_cents: -(net_cents + tax_cents),
  }));
  return [...given, ...charges.map(toRow)];
}

export function transferRows({ lines }: TransferQuote): QuoteRow[] {
  return lines.map(toRow);
}

function toRow({
  description,
  starts_on,
  ends_on,
  days,
  full_days,
  full_cents,
  ...sums
}: InvoiceLine): QuoteRow {
  const isPart = days !== null && full_days !== null && full_cents !== null;
  const amount_cents = sums.net_cents + sums.tax_cents;
  // What is given back has a negative price.
  const price = full_cents !== null && full_cents < 0n ? -full_cents : full_cents;
  const part = isPart ? { days, full_days, full_cents: price! } : null;
  return { description, starts_on, ends_on, part, amount_cents };
}
