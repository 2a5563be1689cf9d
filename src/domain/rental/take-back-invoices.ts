import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { lockAccount } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { restOf } from '../billing/tax.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { issueCreditNote, markLinesCredited, type CreditedInvoiceLine } from '../invoice/credit-note.ts';
import { deleteInvoice } from '../invoice/invoice-actions.ts';
import { totalsOf, type NewLine } from '../invoice/invoice-lines.ts';
import { findInvoice, listLines, type InvoiceDetail, type Line } from '../invoice/invoice-queries.ts';
import { calculateInvoices, issueInvoices } from '../invoice/issue-invoices.ts';
import { dueOn } from './bill-rentals.ts';
import { listRentalInvoices } from './rental-details.ts';
import { takeBackDeposits } from './take-back-deposits.ts';

export type TakenInvoice = Pick<
  InvoiceDetail,
  | 'id'
  | 'kind'
  | 'label'
  | 'status'
  | 'total_cents'
  | 'paid_cents'
  | 'credited_cents'
  | 'written_off_cents'
  | 'credit_noted_cents'
  | 'credits_invoice_id'
>;

/** How an invoice is taken back. `amount_cents` is what that gives back, or charges if it is negative. */
export interface TakenBack {
  invoice: TakenInvoice;
  by: 'deletion' | 'credit_note' | 'reversal';
  amount_cents: bigint;
}

export type TakenBackInvoices = { ok: true; taken: readonly TakenBack[] } | RefusedValues;

interface Taking {
  /** The rental whose invoices are taken back. */
  id: string;
  /** The lines that are taken back. By default those of the rental. */
  includes?: (line: Line) => boolean;
  reason: string;
}

/** What was billed of a reservation. The unit, the account and the rental are locked. */
export async function takeBackInvoices(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, includes = (line) => isBilledOf(line, id), reason }: Taking,
): Promise<TakenBackInvoices> {
  const taken: TakenBack[] = [];
  for (const { id: invoiceId } of await listRentalInvoices(db, id)) {
    const result = await takeBack(db, actor, billing, { invoiceId, includes, reason });
    if (!result.ok) return result;
    taken.push(...result.taken);
  }
  return { ok: true, taken };
}

/** A line that takes back another one has nothing to be taken back. */
export function isBilledOf({ rental_id, credits_invoice_id }: Line, id: string): boolean {
  return rental_id === id && credits_invoice_id === null;
}

interface PlannedTaking extends TakenBack {
  credited: readonly CreditedInvoiceLine[];
}

/**
 * An invoice that has no other lines and on which nothing was paid is deleted. Otherwise the lines are credited, or taken
 * back by another invoice if they are not a part of the sum. Undefined if there is nothing to take back.
 */
export function planTaking(
  invoice: TakenInvoice,
  lines: readonly Line[],
  includes: (line: Line) => boolean,
): PlannedTaking | undefined {
  if (invoice.credits_invoice_id !== null || invoice.status === 'deleted') return undefined;
  const own = lines.filter(includes);
  const isWhole = own.length === lines.length && (invoice.status === 'draft' || isUntouched(invoice));
  if (isWhole) return { invoice, by: 'deletion', amount_cents: invoice.total_cents, credited: [] };
  const credited = own
    .map((line) => ({ line, ...restOf(line) }))
    .filter(({ net_cents, tax_cents }) => net_cents !== 0n || tax_cents !== 0n);
  if (credited.length === 0) return undefined;
  const { total_cents } = totalsOf(credited);
  if (isPartOf(invoice, total_cents))
    return { invoice, by: 'credit_note', amount_cents: total_cents, credited };
  const amount_cents = invoice.kind === 'invoice' ? total_cents : -total_cents;
  return { invoice, by: 'reversal', amount_cents, credited };
}

function isUntouched(invoice: TakenInvoice): boolean {
  const { kind, status, paid_cents, credited_cents, written_off_cents, credit_noted_cents } = invoice;
  const isUnpaid = kind === 'invoice' && (status === 'sent' || status === 'failed');
  return (
    isUnpaid && [paid_cents, credited_cents, written_off_cents, credit_noted_cents].every((sum) => sum === 0n)
  );
}

function isPartOf({ kind, total_cents, credit_noted_cents }: TakenInvoice, sum: bigint): boolean {
  return kind === 'invoice' && sum > 0n && sum <= total_cents - credit_noted_cents;
}

async function takeBack(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoiceId, includes, reason }: Required<Omit<Taking, 'id'>> & { invoiceId: string },
): Promise<TakenBackInvoices> {
  const invoice = (await findInvoice(db, invoiceId))!;
  const planned = planTaking(invoice, await listLines(db, invoiceId), includes);
  if (!planned) return { ok: true, taken: [] };
  const { by, amount_cents, credited } = planned;
  const done = { ok: true as const, taken: [{ invoice, by, amount_cents }] };
  if (by === 'deletion') {
    const deleted = await deleteInvoice(db, actor, billing, { id: invoiceId, reason });
    return deleted.ok ? done : deleted;
  }
  if (invoice.status === 'draft') return refuse({ field: 'reason', code: 'draft_to_issue' });
  if (by === 'reversal') return (await reverseByInvoice(db, billing, { invoice, credited, reason })) ?? done;
  const parts = credited.map(({ line: { position }, net_cents }) => ({ position, net_cents }));
  const noted = await issueCreditNote(db, actor, billing, { invoice_id: invoiceId, parts, reason });
  return noted.ok ? done : noted;
}

interface Credited {
  invoice: InvoiceDetail;
  credited: readonly CreditedInvoiceLine[];
  reason: string;
}

/** The credit that the lines have given pays the invoice which takes it back. */
async function reverseByInvoice(
  db: TenantDb,
  billing: Billing,
  { invoice, credited, reason }: Credited,
): Promise<RefusedValues | undefined> {
  const account = await lockAccount(db, invoice.billing_account_id);
  const sign = invoice.kind === 'invoice' ? -1n : 1n;
  const deposits = credited.filter(({ line }) => line.kind === 'deposit');
  if (account.deposit_cents + sign * totalsOf(deposits).net_cents < 0n)
    return refuse({ field: 'reason', code: 'deposit_returned' });
  const buyers = await findBuyers(db, [account.id]);
  const reversal = {
    id: newId(),
    account,
    buyer: buyers.get(account.id)!,
    lines: credited.map((each) => reversed(invoice, each, sign)),
    due_on: dueOn(billing, { account, starts_on: billing.today }),
    source: 'rental' as const,
    note: reason,
  };
  const [calculated] = calculateInvoices({ ...billing, applies_credit: true }, [reversal]);
  await issueInvoices(db, billing, [calculated!]);
  db.defer(markLinesCredited(db, invoice.id, credited));
  await takeBackDeposits(
    db,
    deposits.map(({ line: { rental_id }, net_cents }) => ({ rental_id, net_cents: -sign * net_cents })),
  );
  return undefined;
}

function reversed(
  { id }: InvoiceDetail,
  { line, net_cents, tax_cents }: CreditedInvoiceLine,
  sign: bigint,
): NewLine {
  const { description, description_params, rental_id, starts_on, ends_on } = line;
  const { days, full_days, full_cents, tax_rate_id, tax_ppm, position } = line;
  const isPart = days !== null && full_days !== null && full_cents !== null;
  return {
    kind: line.kind === 'deposit' ? 'deposit' : 'proration',
    description,
    description_params,
    rental_id,
    starts_on,
    ends_on,
    credits_invoice_id: id,
    credits_position: position,
    unit_cents: sign * net_cents,
    tax_cents: sign * tax_cents,
    tax_rate: tax_rate_id === null ? null : { id: tax_rate_id, rate_ppm: tax_ppm, is_inclusive: false },
    part: isPart ? { days, full_days, full_cents: sign * full_cents } : null,
  };
}
