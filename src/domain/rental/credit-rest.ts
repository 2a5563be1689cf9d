import { groupBy } from '../../group-by.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import { periodLength, periodOf } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, daysOf, later, type CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { restOf, splitPart, taxOfPart, type TaxedAmount } from '../billing/tax.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { issueCreditNote } from '../invoice/credit-note.ts';
import type { NewLine } from '../invoice/invoice-lines.ts';
import { calculateInvoices, issueInvoices } from '../invoice/issue-invoices.ts';
import { planOptions, type RentalToBill } from './billed-rentals.ts';
import { linesUntil } from './plan-periods.ts';
import type { BilledLine } from './billed-lines.ts';
import { useCredit } from './use-credit.ts';

/** What is given back of a line. Of a discount it is negative. */
export interface CreditedLine extends TaxedAmount {
  line: BilledLine;
  /** The days that are given back. */
  starts_on: CivilDate;
  days: number;
  full_days: number;
}

/**
 * What is given back of the billed lines when the last day in the unit is `last`: the price minus the part that is
 * kept, so that both add up. With the policy `none` a period that has begun is kept.
 */
export function creditAfter(
  billing: Billing,
  rental: RentalToBill,
  lines: readonly BilledLine[],
  last: CivilDate,
  policy: Billing['move_out_credit'] = billing.move_out_credit,
): CreditedLine[] {
  // A period may have been billed again after its invoice was credited.
  const after = lines.filter((line) => line.ends_on > last && hasRest(line));
  const credited = [...groupBy(after, ({ starts_on }) => starts_on).values()].flatMap((period) => {
    const from = period[0]!.starts_on;
    if (from > last) return period.map((line) => creditOf(rental, line, { kept: 0n, last }));
    if (policy === 'none') return [];
    const kept = [...linesUntil(rental, { from, last }, planOptions(billing, rental, last))];
    return period.flatMap((line) => {
      const n = kept.findIndex((each) => isSameCharge(each, line));
      // A charge that the rental does not have any longer is kept.
      if (n < 0) return [];
      const [{ unit_cents }] = kept.splice(n, 1) as [NewLine];
      return [creditOf(rental, line, { kept: unit_cents, last })];
    });
  });
  return credited.filter(({ net_cents, tax_cents }) => net_cents !== 0n || tax_cents !== 0n);
}

/** A period has one line of rent, and a unit may have got another code since. */
function isSameCharge(kept: NewLine, { kind, description }: BilledLine): boolean {
  return kept.kind === kind && (kind === 'rent' || kept.description === description);
}

function creditOf(
  rental: RentalToBill,
  line: BilledLine,
  { kept, last }: { kept: bigint; last: CivilDate },
): CreditedLine {
  const step = amountStep(rental.currency);
  const starts_on = later(line.starts_on, addDays(last, 1));
  const days = daysOf(starts_on, line.ends_on);
  const full_days = periodLength(periodOf(rental, line.starts_on));
  return { line, starts_on, days, full_days, ...amountOf(line, kept, step) };
}

function amountOf(line: BilledLine, kept: bigint, step: bigint): TaxedAmount {
  const rest = restOf(line);
  // The price of a line with an inclusive rate has the tax.
  if (line.unit_cents !== line.net_cents)
    return splitPart(line, within(rest.net_cents + rest.tax_cents, kept), step);
  const net_cents = within(rest.net_cents, kept);
  return { net_cents, tax_cents: taxOfPart(line, net_cents, step) };
}

function hasRest(line: BilledLine): boolean {
  const { net_cents, tax_cents } = restOf(line);
  return net_cents !== 0n || tax_cents !== 0n;
}

/** `rest - kept`, not beyond 0 and `rest`: some of it may have been credited before. */
function within(rest: bigint, kept: bigint): bigint {
  const part = rest - kept;
  if (rest >= 0n) return part < 0n ? 0n : part > rest ? rest : part;
  return part > 0n ? 0n : part < rest ? rest : part;
}

export function sumCredited(credited: readonly TaxedAmount[]): bigint {
  return credited.reduce((sum, { net_cents, tax_cents }) => sum + net_cents + tax_cents, 0n);
}

/** A draft must be issued or deleted before its periods can be given back. */
export function draftError(credited: readonly CreditedLine[], field: string): RefusedValues | undefined {
  const hasDraft = credited.some(({ line }) => line.status === 'draft');
  return hasDraft ? refuse({ field, code: 'draft_to_issue' }) : undefined;
}

/** As the lines of an invoice, which then charges less. */
export function creditLines(credited: readonly CreditedLine[]): NewLine[] {
  return credited.map(({ line, starts_on, days, full_days, net_cents, tax_cents }) => ({
    kind: 'proration',
    description: line.description,
    description_params: line.description_params,
    rental_id: line.rental_id,
    credits_invoice_id: line.invoice_id,
    credits_position: line.position,
    starts_on,
    ends_on: line.ends_on,
    unit_cents: -net_cents,
    tax_cents: -tax_cents,
    tax_rate:
      line.tax_rate_id === null
        ? null
        : { id: line.tax_rate_id, rate_ppm: line.tax_ppm, is_inclusive: false },
    part: { days, full_days, full_cents: -(line.full_cents ?? line.unit_cents) },
  }));
}

/** Stores that the parts were given back by lines of another invoice, so that they cannot be credited again. */
export function markCredited(db: TenantDb, credited: readonly CreditedLine[]): void {
  if (credited.length === 0) return;
  const sign = ({ line }: CreditedLine) => (line.invoice_kind === 'invoice' ? 1n : -1n);
  db.defer(
    db.raw(
      `update invoice_lines l set
         credited_net_cents = l.credited_net_cents + c.net, credited_tax_cents = l.credited_tax_cents + c.tax
       from unnest(?::uuid[], ?::int[], ?::bigint[], ?::bigint[]) c (invoice_id, position, net, tax)
       where l.tenant_id = ? and l.invoice_id = c.invoice_id and l.position = c.position`,
      [
        credited.map(({ line }) => line.invoice_id),
        credited.map(({ line }) => line.position),
        credited.map((each) => String(each.net_cents * sign(each))),
        credited.map((each) => String(each.tax_cents * sign(each))),
        db.tenantId,
      ],
    ),
  );
}

/**
 * One credit note for each invoice of the lines. What is more than the rest of its invoice, because a transfer has
 * lowered it, becomes a credit to the account.
 */
export async function issueCredits(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  {
    account,
    credited,
    reason,
  }: { account: BillingAccount; credited: readonly CreditedLine[]; reason: string },
): Promise<RefusedValues | undefined> {
  const groups = [...groupBy(credited, ({ line }) => line.invoice_id)];
  for (const [invoice_id, lines] of groups.filter(([, each]) => isWithinInvoice(each))) {
    const result = await issueCreditNote(db, actor, billing, {
      invoice_id,
      parts: lines.map(partOf),
      reason,
    });
    if (!result.ok) return result;
  }
  const others = groups.filter(([, lines]) => !isWithinInvoice(lines)).flatMap(([, lines]) => lines);
  if (sumCredited(others) <= 0n) return undefined;
  const buyers = await findBuyers(db, [account.id]);
  const note = {
    id: newId(),
    account,
    buyer: buyers.get(account.id)!,
    lines: creditLines(others),
    due_on: null,
    source: 'rental' as const,
    note: reason,
  };
  await issueInvoices(db, billing, calculateInvoices(billing, [note]));
  markCredited(db, others);
  await useCredit(db, actor, billing, account.id);
  return undefined;
}

function isWithinInvoice(credited: readonly CreditedLine[]): boolean {
  const { invoice_kind, total_cents, credit_noted_cents } = credited[0]!.line;
  const sum = sumCredited(credited);
  return invoice_kind === 'invoice' && sum > 0n && sum <= total_cents - credit_noted_cents;
}

function partOf({ line, net_cents, tax_cents }: CreditedLine) {
  const { position } = line;
  return line.unit_cents === line.net_cents
    ? { position, net_cents }
    : { position, total_cents: net_cents + tax_cents };
}
