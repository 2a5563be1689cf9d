import { pick, selectRow, selectRows } from '../../database/columns.ts';
import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { lockAccount, openAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import { findOwner } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { later, type CivilDate } from '../billing/civil-date.ts';
import { pastDayError } from '../billing/date-field.ts';
import { accountError } from '../company/check-status.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import {
  allocateOldestFirst,
  listOpenInvoices,
  sumAllocated,
  type Allocated,
  type OpenInvoice,
} from '../invoice/open-invoices.ts';
import { settleInvoices } from '../invoice/settle-invoices.ts';
import { balanceChange, mirrored, movement, type Movement, type Posting } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { findPaymentForUpdate, type PaymentForUpdate } from './payment-queries.ts';
import { isManual } from './payment.ts';

export interface PaymentValues {
  /** The code of a company or the email address of a person. */
  customer: string;
  currency: string;
  amount: bigint;
  received_on: CivilDate;
  channel: Row<'payments'>['channel'];
  reference: string | null;
  /** Empty: the oldest due invoices are paid first. What is left becomes credit. */
  chosen: readonly ChosenInvoice[];
  /** Money on account: nothing is allocated. */
  is_deposit: boolean;
  /** While another payment of the customer is on its way, so that the caller can close its page first. */
  is_pending_refused?: boolean;
}

export interface ChosenInvoice {
  invoice_id: string;
  amount_cents: bigint;
}

export type PaymentResult =
  | {
      ok: true;
      payment: {
        id: string;
        credit_cents: bigint;
        allocated: Allocated[];
        /** Another payment of the customer is on its way: the part for its invoices has become credit. */
        is_beside_pending: boolean;
      };
    }
  | RefusedValues;

/** Money that was received by hand. */
export async function recordPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { customer, currency, chosen, is_deposit, is_pending_refused = false, ...values }: PaymentValues,
): Promise<PaymentResult> {
  const dayError = pastDayError('received_on', values.received_on, billing.today);
  if (dayError) return refuse(dayError);
  const owner = await findOwner(db, customer);
  if (!owner) return refuse({ field: 'customer', code: 'unknown_customer' });
  const account = await openAccount(db, owner, currency);
  const [archived, open] = await Promise.all([
    accountError(db, owner),
    is_deposit ? [] : listOpenInvoices(db, account.id),
  ]);
  if (archived) return refuse(archived);
  const is_beside_pending = open.some(({ status }) => status === 'pending');
  const error = chosenError(open, chosen, values.amount, currency);
  if (error) return refuse(error);
  if (is_pending_refused && is_beside_pending) return refuse({ field: 'amount', code: 'payment_pending' });
  const allocated =
    chosen.length > 0 ? allocateChosen(open, chosen) : allocateOldestFirst(open, values.amount);
  const payment = { ...values, id: newId(), account, allocated };
  await storePayments(db, actor, billing, [payment]);
  return { ok: true, payment: { ...payment, credit_cents: creditOf(payment), is_beside_pending } };
}

export interface NewPayment extends Pick<PaymentValues, 'amount' | 'received_on' | 'channel' | 'reference'> {
  id: string;
  /** Locked. */
  account: BillingAccount;
  /** What is left becomes credit. */
  allocated: readonly Allocated[];
}

/** Stores and posts payments. The number of statements does not depend on that of the payments. */
export async function storePayments(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  payments: readonly NewPayment[],
): Promise<void> {
  if (payments.length === 0) return;
  db.defer(
    insertMany(
      db,
      'payments',
      payments.map((payment) => paymentRow(actor, payment)),
    ),
  );
  postPayments(db, billing, payments);
  recordAudits(
    db,
    actor,
    payments.map(({ id, account, amount, received_on, reference }) => ({
      event: 'payment.recorded',
      target: { type: 'payment', id, name: reference },
      changes: { amount: [null, amountText(amount, account.currency)], received_on: [null, received_on] },
    })),
  );
  const allocated = payments.flatMap((payment) => payment.allocated);
  await unlockPaidRentals(
    db,
    actor,
    billing,
    allocated.map(({ invoice }) => invoice.id),
  );
}

function chosenError(
  open: readonly OpenInvoice[],
  chosen: readonly ChosenInvoice[],
  amount: bigint,
  currency: string,
): FieldError | undefined {
  for (const { invoice_id, amount_cents } of chosen) {
    const field = `invoice_${invoice_id}`;
    const invoice = open.find(({ id }) => id === invoice_id);
    if (!invoice) return { field: 'amount', code: 'invoice_not_open' };
    if (amount_cents > invoice.open_cents)
      return {
        field,
        code: 'allocation_too_large',
        params: { open: toDecimal(invoice.open_cents, currency) },
      };
  }
  const sum = chosen.reduce((total, { amount_cents }) => total + amount_cents, 0n);
  return sum > amount
    ? { field: 'amount', code: 'allocations_too_large', params: { sum: toDecimal(sum, currency) } }
    : undefined;
}

/** What is meant for an invoice with a payment on its way becomes credit. */
function allocateChosen(open: readonly OpenInvoice[], chosen: readonly ChosenInvoice[]): Allocated[] {
  return chosen
    .map(({ invoice_id, amount_cents }) => ({
      invoice: open.find(({ id }) => id === invoice_id)!,
      amount_cents,
    }))
    .filter(({ invoice }) => invoice.status !== 'pending');
}

function creditOf({ amount, allocated }: NewPayment): bigint {
  return amount - sumAllocated(allocated);
}

function paymentRow(actor: Actor, { id, account, amount, received_on, channel, reference }: NewPayment) {
  return {
    id,
    billing_account_id: account.id,
    channel,
    status: 'succeeded' as const,
    amount_cents: amount,
    currency: account.currency,
    reference,
    received_on,
    recorded_by: actor.id,
  };
}

/** Counts from the day of the receipt, but for an invoice not before the day of its issue. */
function postPayments(db: TenantDb, billing: Billing, payments: readonly NewPayment[]): void {
  const allocations = payments.flatMap(({ id, account, received_on, allocated }) =>
    allocated.map(({ invoice, amount_cents }) => ({
      account,
      source_id: id,
      invoice_id: invoice.id,
      amount_cents,
      effective_on: later(received_on, invoice.issued_on!),
    })),
  );
  postEntries(db, [
    ...allocations.map(({ account, source_id, effective_on, amount_cents }) =>
      paymentPosting(account, source_id, effective_on, movement('cash', 'receivable', amount_cents)),
    ),
    ...payments.map((payment) =>
      paymentPosting(
        payment.account,
        payment.id,
        payment.received_on,
        movement('cash', 'credit', creditOf(payment)),
      ),
    ),
  ]);
  settleInvoices(
    db,
    billing,
    allocations.map(({ account, ...allocation }) => ({
      ...allocation,
      billing_account_id: account.id,
      source: 'payment',
    })),
  );
}

function paymentPosting(
  { id, currency }: BillingAccount,
  source_id: string,
  effective_on: CivilDate,
  movements: readonly Movement[],
): Posting {
  const source = { source_type: 'payment' as const, source_id };
  return { billing_account_id: id, currency, posting: 'payment', ...source, effective_on, movements };
}

/**
 * Takes a recorded payment back: its allocations and ledger rows are reversed, nothing is erased. Other credit of the
 * account pays the invoices that are open again.
 *
 * @throws {NotFound} if the viewer may not see the payment
 */
export async function undoPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<{ ok: true; payment: PaymentForUpdate } | RefusedValues> {
  const { account, payment } = await lockPayment(db, id);
  const archived = await accountError(db, account, 'reason');
  if (archived) return refuse(archived);
  if (payment.status === 'undone') return refuse({ field: 'reason', code: 'already_undone' });
  if (payment.direction === 'out' || !isManual(payment.channel))
    return refuse({ field: 'reason', code: 'not_undoable' });
  const movements = mirrored(await listMovements(db, id));
  const credit_cents = account.credit_cents + balanceChange(movements).credit_cents;
  const { currency } = account;
  if (credit_cents < 0n) {
    const missing = toDecimal(-credit_cents, currency);
    return refuse({ field: 'reason', code: 'credit_spent', params: { missing } });
  }
  const source = { source_type: 'payment' as const, source_id: id, effective_on: billing.today };
  postEntries(db, [{ billing_account_id: account.id, currency, posting: 'reversal', ...source, movements }]);
  await reverseAllocations(db, billing, account, id);
  db.defer(
    db.from('payments').where({ id }).update({
      status: 'undone',
      undone_at: billing.now,
      undone_by: actor.id,
      undone_reason: reason,
    }),
  );
  recordAudit(db, actor, {
    event: 'payment.undone',
    target: { type: 'payment', id, name: payment.reference },
    changes: { amount: [amountText(payment.amount_cents, currency), null], reason: [null, reason] },
  });
  const applied = await applyCreditToOldest(db, billing, { ...account, credit_cents });
  await unlockPaidRentals(
    db,
    actor,
    billing,
    applied.map(({ invoice }) => invoice.id),
  );
  return { ok: true, payment };
}

/** @throws {NotFound} if the viewer may not see the payment */
async function lockPayment(db: TenantDb, id: string) {
  const unlocked = db.visible('payments as p').where('p.id', id);
  const { billing_account_id } = found(
    await selectRow(unlocked, pick('payments as p', 'billing_account_id')),
  );
  const account = await lockAccount(db, billing_account_id);
  // Read after the lock, because the transaction that held it may have undone the payment.
  return { account, payment: found(await findPaymentForUpdate(db, id)) };
}

async function listMovements(db: TenantDb, paymentId: string): Promise<Movement[]> {
  const entries = db.from('ledger_entries').where({ source_id: paymentId, posting: 'payment' }).orderBy('id');
  const rows = await selectRows(entries, pick('ledger_entries', 'debit', 'credit', 'amount_cents'));
  return rows.map(({ debit, credit, amount_cents }) => ({ debit, credit, amount: amount_cents }));
}

async function reverseAllocations(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  paymentId: string,
): Promise<void> {
  const stored = db.from('allocations').where({ source_id: paymentId, source: 'payment', reverses_id: null });
  const rows = await selectRows(stored, pick('allocations', 'id', 'invoice_id', 'amount_cents'));
  settleInvoices(
    db,
    billing,
    rows.map(({ id, invoice_id, amount_cents }) => ({
      billing_account_id: account.id,
      source: 'payment',
      source_id: paymentId,
      invoice_id,
      amount_cents,
      reverses_id: id,
      effective_on: billing.today,
    })),
  );
}
