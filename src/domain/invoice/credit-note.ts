import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { openAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import { findBuyers, findOwner } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { amountStep } from '../billing/money.ts';
import { restOf, splitPart, taxedAmount, taxOfPart, type TaxRate } from '../billing/tax.ts';
import { accountError } from '../company/check-status.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { takeBackDeposits } from '../rental/take-back-deposits.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { applyCreditToOldest } from './apply-credit.ts';
import { amountText } from './draft-actions.ts';
import { totalsOf, type NewLine, type Totals } from './invoice-lines.ts';
import { listLines, type InvoiceForUpdate, type Line } from './invoice-queries.ts';
import { openCents } from './invoice.ts';
import { calculateInvoices, issueInvoices, type IssuedInvoice } from './issue-invoices.ts';
import { lockInvoice } from './lock-invoice.ts';
import { settleInvoices } from './settle-invoices.ts';
import { takeBackWriteOff } from './take-back-write-off.ts';

/** A part of a line, without or with its tax. Of a line with a negative sum it is negative. */
export type CreditedPart = { position: number } & ({ net_cents: bigint } | { total_cents: bigint });

export interface CreditNoteValues {
  invoice_id: string;
  parts: readonly CreditedPart[];
  reason: string;
  /** The part of the new credit that is refunded by the caller, and so pays no other invoice. */
  refund_cents?: bigint;
}

export type CreditNoteResult =
  | { ok: true; credit_note: Pick<IssuedInvoice, 'id' | 'label' | 'total_cents'> }
  | RefusedValues;

/**
 * Takes back parts of lines: first lowers the open amount of the invoice, then what was written off, and the rest becomes
 * credit. Locks the account; a caller that holds the lock already may call it too.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function issueCreditNote(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoice_id, parts, reason, refund_cents = 0n }: CreditNoteValues,
): Promise<CreditNoteResult> {
  const { account, invoice } = await lockInvoice(db, invoice_id);
  const lines = await listLines(db, invoice_id);
  const error = creditError(invoice, lines, parts, account);
  if (error) return refuse(error);

  const credited = parts
    .map((part) => creditedLine(found(lines.find(isAt(part.position))), part, amountStep(account.currency)))
    .filter(({ net_cents, tax_cents }) => net_cents !== 0n || tax_cents !== 0n);
  const sum = totalsOf(credited);
  const surplus = surplusOf(invoice, sum);
  const totalError =
    totalCreditError(invoice, account, credited, sum) ?? refundError(account, surplus, refund_cents);
  if (totalError) return refuse(totalError);
  const credit_note = await postCreditNote(db, billing, { account, invoice, credited, sum, reason });
  recordAudit(db, actor, {
    event: 'credit_note.issued',
    target: { type: 'invoice', id: credit_note.id, name: credit_note.label },
    changes: {
      invoice: [null, invoice.label],
      amount: [null, amountText(sum.total_cents, account.currency)],
      reason: [null, reason],
    },
  });
  const added = surplus - refund_cents;
  await useCredit(db, actor, billing, { account, added, settledIds: [invoice.id] });
  return { ok: true, credit_note };
}

/** What becomes credit. */
function surplusOf(invoice: InvoiceForUpdate, { total_cents }: Totals): bigint {
  const unpaid = openCents(invoice) + invoice.written_off_cents;
  return total_cents > unpaid ? total_cents - unpaid : 0n;
}

function refundError(
  { currency }: BillingAccount,
  surplus: bigint,
  refund_cents: bigint,
): FieldError | undefined {
  return refund_cents > surplus
    ? {
        field: 'refund_amount',
        code: 'refund_too_large_for_note',
        params: { rest: toDecimal(surplus, currency) },
      }
    : undefined;
}

interface CreditValues {
  /** The code of a company or the email address of a person. */
  customer: string;
  currency: string;
  description: string;
  /** With the tax if the rate is inclusive. */
  amount: bigint;
  tax_rate: TaxRate | null;
}

/** A credit note without an invoice: the whole sum becomes credit of the account. */
export async function issueCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { customer, currency, description, amount, tax_rate }: CreditValues,
): Promise<CreditNoteResult> {
  const owner = await findOwner(db, customer);
  if (!owner) return refuse({ field: 'customer', code: 'unknown_customer' });
  const account = await openAccount(db, owner, currency);
  const archived = await accountError(db, owner);
  if (archived) return refuse(archived);
  const { net_cents, tax_cents } = taxedAmount(amount, tax_rate, amountStep(currency));
  const line: NewLine = {
    kind: 'item',
    description,
    unit_cents: -net_cents,
    tax_cents: -tax_cents,
    tax_rate,
  };
  const credit_note = await issueNote(db, billing, account, { lines: [line], note: null });
  recordAudit(db, actor, {
    event: 'credit.issued',
    target: { type: 'invoice', id: credit_note.id, name: credit_note.label },
    changes: { amount: [null, amountText(credit_note.total_cents, currency)] },
  });
  await useCredit(db, actor, billing, { account, added: credit_note.total_cents, settledIds: [] });
  return { ok: true, credit_note };
}

function isAt(position: number) {
  return (line: Line) => line.position === position;
}

const CREDITABLE: readonly InvoiceForUpdate['status'][] = ['sent', 'pending', 'failed', 'paid'];

function creditError(
  invoice: InvoiceForUpdate,
  lines: readonly Line[],
  parts: readonly CreditedPart[],
  { currency }: BillingAccount,
): FieldError | undefined {
  if (invoice.kind !== 'invoice' || !CREDITABLE.includes(invoice.status))
    return { field: 'reason', code: 'not_creditable' };
  const excess = parts
    .map((part) => ({ part, line: lines.find(isAt(part.position)) }))
    .find(({ part, line }) => !line || isExcessive(part, line));
  if (!excess) return undefined;
  const { part, line } = excess;
  const rest = line ? restOf(line) : { net_cents: 0n, tax_cents: 0n };
  const field = `amount_${part.position}`;
  return {
    field,
    code: 'line_credit_too_large',
    params: { rest: toDecimal(rest.net_cents + rest.tax_cents, currency) },
  };
}

/** Whether the part is more than the rest of the line, or has the other sign. */
function isExcessive(part: CreditedPart, line: Line): boolean {
  const { net_cents, tax_cents } = restOf(line);
  const [amount, rest] =
    'net_cents' in part ? [part.net_cents, net_cents] : [part.total_cents, net_cents + tax_cents];
  return rest >= 0n ? amount < 0n || amount > rest : amount > 0n || amount < rest;
}

export interface CreditedInvoiceLine {
  line: Line;
  net_cents: bigint;
  tax_cents: bigint;
}

function creditedLine(line: Line, part: CreditedPart, step: bigint): CreditedInvoiceLine {
  if ('total_cents' in part) return { line, ...splitPart(line, part.total_cents, step) };
  const { net_cents } = part;
  return { line, net_cents, tax_cents: taxOfPart(line, net_cents, step) };
}

function totalCreditError(
  { total_cents, credit_noted_cents }: InvoiceForUpdate,
  { currency, deposit_cents }: BillingAccount,
  credited: readonly CreditedInvoiceLine[],
  sum: Totals,
): FieldError | undefined {
  const rest = total_cents - credit_noted_cents;
  if (sum.total_cents <= 0n) return { field: 'reason', code: 'nothing_to_credit' };
  if (sum.total_cents > rest)
    return { field: 'reason', code: 'credit_too_large', params: { rest: toDecimal(rest, currency) } };
  const deposits = totalsOf(credited.filter(isDeposit));
  if (deposits.net_cents > deposit_cents) return { field: 'reason', code: 'deposit_returned' };
  return undefined;
}

function isDeposit({ line }: CreditedInvoiceLine): boolean {
  return line.kind === 'deposit';
}

interface PostedCreditNote {
  account: BillingAccount;
  invoice: InvoiceForUpdate;
  credited: readonly CreditedInvoiceLine[];
  sum: Totals;
  reason: string;
}

async function postCreditNote(
  db: TenantDb,
  billing: Billing,
  { account, invoice, credited, sum, reason }: PostedCreditNote,
): Promise<IssuedInvoice> {
  const open = openCents(invoice);
  // What becomes credit has been paid. Of the rest, what is not open was written off.
  const open_cents = sum.total_cents - surplusOf(invoice, sum);
  const amount = open_cents > open ? open_cents - open : 0n;
  const reopened = await takeBackWriteOff(db, billing, account, { invoice_id: invoice.id, amount });
  const credit_note = await issueNote(db, billing, account, {
    lines: credited.map(noteLine),
    note: reason,
    credits: { invoice_id: invoice.id, open_cents },
  });
  const allocation = {
    billing_account_id: account.id,
    source: 'credit_note' as const,
    source_id: credit_note.id,
    invoice_id: invoice.id,
    amount_cents: open_cents,
    effective_on: billing.today,
  };
  settleInvoices(db, billing, open_cents > 0n ? [...reopened, allocation] : []);
  const credit_noted_cents = invoice.credit_noted_cents + sum.total_cents;
  db.defer(db.from('invoices').where({ id: invoice.id }).update({ credit_noted_cents }));
  db.defer(markLinesCredited(db, invoice.id, credited));
  const deposits = credited.filter(isDeposit);
  await takeBackDeposits(
    db,
    deposits.map(({ line: { rental_id }, net_cents }) => ({ rental_id, net_cents })),
  );
  return credit_note;
}

function noteLine({ line, net_cents, tax_cents }: CreditedInvoiceLine): NewLine {
  const { kind, description, description_params, rental_id, starts_on, ends_on } = line;
  const { tax_rate_id, tax_ppm, position } = line;
  return {
    kind,
    description,
    description_params,
    rental_id,
    starts_on,
    ends_on,
    credits_position: position,
    // A credit note is an invoice with a negative sum.
    unit_cents: -net_cents,
    tax_cents: -tax_cents,
    tax_rate: tax_rate_id === null ? null : { id: tax_rate_id, rate_ppm: tax_ppm, is_inclusive: false },
  };
}

/** Stores that the parts were taken back, so that they cannot be credited again. */
export function markLinesCredited(db: TenantDb, invoiceId: string, credited: readonly CreditedInvoiceLine[]) {
  return db.raw(
    `update invoice_lines l set
       credited_net_cents = l.credited_net_cents + c.net, credited_tax_cents = l.credited_tax_cents + c.tax
     from unnest(?::int[], ?::bigint[], ?::bigint[]) c (position, net, tax)
     where l.tenant_id = ? and l.invoice_id = ? and l.position = c.position`,
    [
      credited.map(({ line }) => line.position),
      credited.map(({ net_cents }) => String(net_cents)),
      credited.map(({ tax_cents }) => String(tax_cents)),
      db.tenantId,
      invoiceId,
    ],
  );
}

async function issueNote(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  values: {
    lines: readonly NewLine[];
    note: string | null;
    credits?: { invoice_id: string; open_cents: bigint };
  },
): Promise<IssuedInvoice> {
  const buyers = await findBuyers(db, [account.id]);
  const note = {
    id: newId(),
    account,
    buyer: buyers.get(account.id)!,
    due_on: null,
    source: 'manual' as const,
    ...values,
  };
  const [issued] = await issueInvoices(db, billing, calculateInvoices(billing, [note]));
  return issued!;
}

/** Applies the added credit to open invoices, and unlocks the rentals of all invoices that are paid now. */
async function useCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { account, added, settledIds }: { account: BillingAccount; added: bigint; settledIds: readonly string[] },
): Promise<void> {
  const credited = { ...account, credit_cents: account.credit_cents + added };
  const applied = await applyCreditToOldest(db, billing, credited);
  await unlockPaidRentals(db, actor, billing, [...settledIds, ...applied.map(({ invoice }) => invoice.id)]);
}
