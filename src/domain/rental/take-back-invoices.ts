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

/** How an invoice was taken back. `amount_cents` is what that gives back, or charges if it is negative. */
export interface TakenBack {
  invoice: Pick<InvoiceDetail, 'id' | 'kind' | 'label' | 'status' | 'total_cents'>;
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

/**
 * Deletes an invoice that has no other lines and on which nothing was paid. Otherwise the lines are credited, or taken
 * back by another invoice if they are not a part of the sum.
 */
async function takeBack(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoiceId, includes, reason }: Required<Omit<Taking, 'id'>> & { invoiceId: string },
): Promise<TakenBackInvoices> {
  const invoice = (await findInvoice(db, invoiceId))!;
  if (invoice.credits_invoice_id !== null || invoice.status === 'deleted') return { ok: true, taken: [] };
  const lines = await listLines(db, invoiceId);
  const own = lines.filter(includes);
  const isDraft = invoice.status === 'draft';
  if (isDraft || isUntouched(invoice)) {
    if (own.length === lines.length) return deleteWhole(db, actor, billing, invoice, reason);
    if (isDraft) return refuse({ field: 'reason', code: 'draft_to_issue' });
  }
  const credited = own
    .map((line) => ({ line, ...restOf(line) }))
    .filter(({ net_cents, tax_cents }) => net_cents !== 0n || tax_cents !== 0n);
  if (credited.length === 0) return { ok: true, taken: [] };
  return isPartOf(invoice, credited)
    ? creditByNote(db, actor, billing, { invoice, credited, reason })
    : reverseByInvoice(db, billing, { invoice, credited, reason });
}

function isUntouched(invoice: InvoiceDetail): boolean {
  const { kind, status, paid_cents, credited_cents, written_off_cents, credit_noted_cents } = invoice;
  const isUnpaid = kind === 'invoice' && (status === 'sent' || status === 'failed');
  return (
    isUnpaid && [paid_cents, credited_cents, written_off_cents, credit_noted_cents].every((sum) => sum === 0n)
  );
}

function isPartOf(invoice: InvoiceDetail, credited: readonly CreditedInvoiceLine[]): boolean {
  const { total_cents } = totalsOf(credited);
  const rest = invoice.total_cents - invoice.credit_noted_cents;
  return invoice.kind === 'invoice' && total_cents > 0n && total_cents <= rest;
}

async function deleteWhole(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  invoice: InvoiceDetail,
  reason: string,
): Promise<TakenBackInvoices> {
  const result = await deleteInvoice(db, actor, billing, { id: invoice.id, reason });
  if (!result.ok) return result;
  return { ok: true, taken: [{ invoice, by: 'deletion', amount_cents: invoice.total_cents }] };
}

interface Credited {
  invoice: InvoiceDetail;
  credited: readonly CreditedInvoiceLine[];
  reason: string;
}

async function creditByNote(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoice, credited, reason }: Credited,
): Promise<TakenBackInvoices> {
  const parts = credited.map(({ line: { position }, net_cents }) => ({ position, net_cents }));
  const result = await issueCreditNote(db, actor, billing, { invoice_id: invoice.id, parts, reason });
  if (!result.ok) return result;
  const { total_cents } = result.credit_note;
  return { ok: true, taken: [{ invoice, by: 'credit_note', amount_cents: total_cents }] };
}

/** The credit that the lines have given pays the invoice which takes it back. */
async function reverseByInvoice(
  db: TenantDb,
  billing: Billing,
  { invoice, credited, reason }: Credited,
): Promise<TakenBackInvoices> {
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
  const amount_cents = -sign * totalsOf(credited).total_cents;
  return { ok: true, taken: [{ invoice, by: 'reversal', amount_cents }] };
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
