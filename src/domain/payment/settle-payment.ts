import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { later } from '../billing/civil-date.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import type { ChargeFailure, ChargeState } from '../gateway/gateway.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { settleInvoices } from '../invoice/settle-invoices.ts';
import { movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { describeMethod } from '../payment-method/payment-method.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { settleChargeback } from './charge-back.ts';
import { cancelPayment, failPayment, ownFailure, requireAction } from './fail-payment.ts';
import {
  findMethodForCharge,
  labelsOf,
  listParts,
  nextCheck,
  releaseInvoices,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
  type PaymentPart,
} from './gateway-payment.ts';
import { queuePaymentEmail } from './payment-emails.ts';
import { isUnfinished } from './payment.ts';
import { openShortPayments } from './short-payments.ts';

/**
 * Stores what the gateway says about the charge of a payment whose account is locked. Moves forward only: a state that
 * is older than the stored one changes nothing, so that events in any order and parallel reads are harmless.
 */
export async function settleCharge(
  db: TenantDb,
  billing: Billing,
  locked: LockedPayment,
  state: ChargeState,
): Promise<void> {
  const { payment } = locked;
  if (payment.gateway_object_id !== state.chargeId) return;
  if (state.status === 'succeeded') return settleReceived(db, billing, locked, state);
  if (!isUnfinished(payment.status)) return;
  // Without the customer a service may decline what the bank wants to see confirmed.
  const needsCustomer = state.failure?.code === UNCONFIRMED && payment.payment_method_id !== null;
  if (state.status === 'requires_action' || (state.status === 'failed' && needsCustomer))
    return requireAction(db, billing, locked, state.failure);
  if (state.status === 'failed') return failPayment(db, billing, locked, failureOf(state));
  if (state.status === 'cancelled') return cancelPayment(db, billing, locked);
  await settleWaiting(db, billing, payment, state.status);
}

async function settleReceived(
  db: TenantDb,
  billing: Billing,
  locked: LockedPayment,
  state: ChargeState,
): Promise<void> {
  const { status } = locked.payment;
  if (status === 'succeeded' || status === 'charged_back')
    return settleChargeback(db, billing, locked, state.chargedBack);
  if (state.received <= 0n) throw new Error('The charge succeeded, but nothing was received');
  await succeed(db, billing, locked, state);
}

const UNCONFIRMED = 'authentication_required';

const EARLIER: readonly GatewayPayment['status'][] = ['created', 'ready', 'submitting', 'unknown'];

/** The charge has no result yet. */
function settleWaiting(
  db: TenantDb,
  billing: Billing,
  { id, status, checks }: GatewayPayment,
  state: 'ready' | 'processing',
): Promise<void> {
  const isNews = EARLIER.includes(status) || (status === 'requires_action' && state === 'processing');
  if (isNews && state === 'ready') updatePayment(db, id, { status: 'ready', checks: 0, due_at: billing.now });
  else if (isNews)
    updatePayment(db, id, { status: state, needs: 'nothing', checks: 1, due_at: nextCheck(billing, 0) });
  else updatePayment(db, id, { checks: checks + 1, due_at: nextCheck(billing, checks) });
  return Promise.resolve();
}

const DECLINED: ChargeFailure = ownFailure('declined', 'later');

function failureOf({ failure }: ChargeState): ChargeFailure {
  return failure ?? DECLINED;
}

interface PaidPart {
  part: PaymentPart;
  amount_cents: bigint;
}

async function succeed(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
  state: ChargeState,
): Promise<void> {
  const parts = await listParts(db, payment.id);
  const received = { ...payment, amount_cents: state.received };
  const paid = allocate(parts, state.received);
  const surplus = state.received - paid.reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
  updatePayment(db, payment.id, {
    status: 'succeeded',
    needs: 'nothing',
    amount_cents: state.received,
    received_on: billing.today,
    settled_at: billing.now,
    failure_code: null,
    failure_text: null,
    next_retry_on: null,
    session_url: null,
    checks: 0,
    // What was charged back meanwhile is settled after this.
    due_at: state.chargedBack > 0n ? billing.now : null,
  });
  postReceived(db, billing, received, paid, surplus);
  releaseInvoices(db, payment.id, 'sent');
  await openShortPayments(db, payment, paid);
  recordAudit(db, gatewayActor, {
    event: 'payment.succeeded',
    target: { type: 'payment', id: payment.id, name: labelsOf(parts) || payment.reference },
    changes: { amount: [null, amountText(state.received, account.currency)] },
  });
  await queuePaymentEmail(db, billing, 'receipt', received, {
    on: billing.today,
    method: await methodOf(db, payment),
    label: labelsOf(paid.map(({ part }) => part)),
    credit_cents: surplus > 0n ? String(surplus) : null,
    scheduled_cents: payment.scheduled_cents === null ? null : String(payment.scheduled_cents),
  });
  const credited = { ...account, credit_cents: account.credit_cents + surplus };
  const applied = surplus > 0n ? await applyCreditToOldest(db, billing, credited) : [];
  await unlockPaidRentals(db, gatewayActor, billing, [
    ...paid.map(({ part }) => part.invoice_id),
    ...applied.map(({ invoice }) => invoice.id),
  ]);
}

/** Null if it was entered on the page of the service and not saved. */
async function methodOf(db: TenantDb, { payment_method_id }: GatewayPayment): Promise<string | null> {
  const method = payment_method_id && (await findMethodForCharge(db, payment_method_id));
  return method ? describeMethod(method) : null;
}

/** Never more than is open now: a credit note may have lowered it meanwhile. The rest becomes credit. */
function allocate(parts: readonly PaymentPart[], received: bigint): PaidPart[] {
  let left = received;
  return parts
    .map((part) => {
      const isOpen = part.status === 'sent' || part.status === 'failed' || part.status === 'pending';
      const most = part.amount_cents < part.open_cents ? part.amount_cents : part.open_cents;
      const amount_cents = isOpen ? (most < left ? most : left) : 0n;
      left -= amount_cents;
      return { part, amount_cents };
    })
    .filter(({ amount_cents }) => amount_cents > 0n);
}

function postReceived(
  db: TenantDb,
  billing: Billing,
  { id, billing_account_id, currency }: GatewayPayment,
  paid: readonly PaidPart[],
  surplus: bigint,
): void {
  const source = { billing_account_id, currency, source_type: 'payment' as const, source_id: id };
  const allocations = paid.map(({ part, amount_cents }) => ({
    billing_account_id,
    source: 'payment' as const,
    source_id: id,
    invoice_id: part.invoice_id,
    amount_cents,
    effective_on: later(billing.today, part.issued_on!),
  }));
  postEntries(db, [
    ...allocations.map(({ effective_on, amount_cents }) => ({
      ...source,
      posting: 'payment' as const,
      effective_on,
      movements: movement('cash', 'receivable', amount_cents),
    })),
    {
      ...source,
      posting: 'payment',
      effective_on: billing.today,
      movements: movement('cash', 'credit', surplus),
    },
  ]);
  settleInvoices(db, billing, allocations);
}
