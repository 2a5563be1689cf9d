import type { Row } from '../../database/tables.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { divide } from '../billing/proration.ts';
import { taxedAmount, type TaxRate } from '../billing/tax.ts';
import { movement, type LedgerAccount, type Movement } from '../ledger/ledger.ts';

type LineRow = Row<'invoice_lines'>;

export interface NewLine {
  kind: LineRow['kind'];
  description: string;
  /** If given, the description is the key of a translation, see `lineText`. */
  description_params?: unknown;
  /** With the tax if the rate is inclusive. */
  unit_cents: bigint;
  /** Thousandths; 1000 if omitted. */
  quantity_milli?: bigint;
  /** Deposits have none. */
  tax_rate?: TaxRate | null;
  rental_id?: string | null;
  starts_on?: CivilDate | null;
  ends_on?: CivilDate | null;
  /** Why the amount is that of a part of a period. */
  part?: { days: number; full_days: number; full_cents: bigint } | null;
  /** The line that it takes back. */
  credits_position?: number | null;
  /** If that line is not on the invoice of the credit note. */
  credits_invoice_id?: string | null;
  /** Of a credit note: the tax that belongs to the part, instead of that of the rate. */
  tax_cents?: bigint;
}

export type InvoiceLine = Omit<LineRow, 'tenant_id' | 'invoice_id'>;

/** Rounds each line once. `step` is that of the currency. */
export function calculateLine(line: NewLine, position: number, step: bigint): InvoiceLine {
  const { quantity_milli = 1000n, tax_rate = null, part = null } = line;
  const amount = divide(line.unit_cents * quantity_milli, 1000n, step);
  const taxed =
    line.tax_cents === undefined
      ? taxedAmount(amount, tax_rate, step)
      : { net_cents: amount, tax_cents: line.tax_cents };
  return {
    position,
    kind: line.kind,
    description: line.description,
    description_params: line.description_params ?? null,
    rental_id: line.rental_id ?? null,
    quantity_milli,
    unit_cents: line.unit_cents,
    ...taxed,
    tax_rate_id: tax_rate?.id ?? null,
    tax_ppm: tax_rate?.rate_ppm ?? 0,
    starts_on: line.starts_on ?? null,
    ends_on: line.ends_on ?? null,
    days: part?.days ?? null,
    full_days: part?.full_days ?? null,
    full_cents: part?.full_cents ?? null,
    credited_net_cents: 0n,
    credited_tax_cents: 0n,
    credits_position: line.credits_position ?? null,
    credits_invoice_id: line.credits_invoice_id ?? null,
  };
}

export interface Totals {
  net_cents: bigint;
  tax_cents: bigint;
  total_cents: bigint;
}

export function totalsOf(lines: readonly Pick<InvoiceLine, 'net_cents' | 'tax_cents'>[]): Totals {
  const net_cents = lines.reduce((sum, line) => sum + line.net_cents, 0n);
  const tax_cents = lines.reduce((sum, line) => sum + line.tax_cents, 0n);
  return { net_cents, tax_cents, total_cents: net_cents + tax_cents };
}

export interface TaxSummary {
  tax_ppm: number;
  net_cents: bigint;
  tax_cents: bigint;
}

type TaxedLine = Pick<InvoiceLine, 'kind' | 'tax_ppm' | 'net_cents' | 'tax_cents'>;

/** The sums of the lines of each rate, the highest first. Deposits are not in it. */
export function taxSummary(lines: readonly TaxedLine[]): TaxSummary[] {
  const taxed = lines.filter(({ kind, tax_ppm }) => kind !== 'deposit' && tax_ppm > 0);
  const rates = [...new Set(taxed.map(({ tax_ppm }) => tax_ppm))].toSorted((one, other) => other - one);
  return rates.map((rate) => {
    const { net_cents, tax_cents } = totalsOf(taxed.filter(({ tax_ppm }) => tax_ppm === rate));
    return { tax_ppm: rate, net_cents, tax_cents };
  });
}

/** What the lines move into an account: `receivable` for an invoice. */
export function chargeMovements(
  account: LedgerAccount,
  lines: readonly Pick<InvoiceLine, 'kind' | 'net_cents' | 'tax_cents'>[],
): Movement[] {
  const deposits = totalsOf(lines.filter(({ kind }) => kind === 'deposit'));
  const others = totalsOf(lines.filter(({ kind }) => kind !== 'deposit'));
  return [
    ...movement(account, 'income', others.net_cents),
    ...movement(account, 'tax', others.tax_cents),
    ...movement(account, 'deposit', deposits.net_cents),
  ];
}
