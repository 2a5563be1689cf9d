import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { expectedRentError } from '../company/check-status.ts';
import type { FieldError } from '../form/parse-values.ts';
import type { InvoiceLine } from '../invoice/invoice-lines.ts';
import { heldDeposit } from '../rental/deposit.ts';
import { quoteMoveOut, type MoveOutQuote } from '../rental/move-out.ts';
import type { OwnRental } from '../rental/own-rentals.ts';
import { quoteTransfer, type TransferQuote } from '../rental/plan-transfer.ts';
import { moveOutRequestError, transferRequestError } from './send-request.ts';
import type { AvailableType } from '../unit-type/available-types.ts';

export type Kind = 'move_out' | 'transfer';

export interface Wish {
  wanted_on: CivilDate;
  /** Of a transfer. */
  to_unit_type_id: string | null;
}

interface Quote {
  rows: QuoteRow[];
  /** To be paid if positive, to be returned if negative. Without the deposit. */
  total_cents: bigint;
}

/** A line of what a request costs or gives back, with its tax. */
interface QuoteRow extends Pick<InvoiceLine, 'description' | 'description_params'> {
  starts_on: CivilDate | null;
  ends_on: CivilDate | null;
  /** Null for a whole period. */
  part: { days: number; full_days: number; full_cents: bigint } | null;
  /** Negative if it is given back. */
  amount_cents: bigint;
}

export async function wishError(
  db: TenantDb,
  billing: Billing,
  rental: OwnRental,
  kind: Kind,
  { wanted_on }: Wish,
  type: AvailableType | undefined,
): Promise<FieldError | undefined> {
  if (kind === 'move_out') return moveOutRequestError(billing, rental, wanted_on);
  const error =
    transferRequestError(billing, rental, wanted_on) ?? (await expectedRentError(db, rental, 'wanted_on'));
  if (error) return error;
  return type ? undefined : { field: 'to_unit_type_id', code: 'invalid' };
}

/** What is held for the rental. */
export function heldFor(rental: OwnRental): bigint {
  return heldDeposit(rental, accountOf(rental));
}

export async function quoteRequest(
  db: TenantDb,
  billing: Billing,
  rental: OwnRental,
  { wanted_on }: Wish,
  type: AvailableType | undefined,
): Promise<Quote> {
  if (!type) {
    const moveOut = await quoteMoveOut(db, billing, rental, wanted_on);
    return { rows: moveOutRows(moveOut), total_cents: moveOut.total_cents };
  }
  const { price_cents: price, deposit_cents: deposit, name: unit_code } = type;
  const target = { starts_on: wanted_on, price, deposit, unit_code };
  const transfer = await quoteTransfer(db, billing, { rental, account: accountOf(rental) }, target);
  return { rows: transferRows(transfer), total_cents: transfer.total_cents };
}

function accountOf({ account_deposit_cents: deposit_cents }: OwnRental) {
  return { deposit_cents };
}

function moveOutRows({ credits, charges }: MoveOutQuote): QuoteRow[] {
  const given = credits.map(({ line, starts_on, days, full_days, net_cents, tax_cents }) => ({
    description: line.description,
    description_params: line.description_params,
    starts_on,
    ends_on: line.ends_on,
    part: { days, full_days, full_cents: line.full_cents ?? line.unit_cents },
    amount_cents: -(net_cents + tax_cents),
  }));
  return [...given, ...charges.map(toRow)];
}

function transferRows({ lines }: TransferQuote): QuoteRow[] {
  return lines.map(toRow);
}

function toRow({
  description,
  description_params,
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
  return { description, description_params, starts_on, ends_on, part, amount_cents };
}
