import type { TenantDb } from '../../database/tenant-db.ts';
import { paymentTexts } from '../../locales/payment-texts.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { instantOf } from '../billing/local-time.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import type { ChargeFailure } from '../gateway/gateway.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import {
  after,
  labelsOf,
  listParts,
  nextCheck,
  releaseInvoices,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
} from './gateway-payment.ts';
import { alertStaffOfPayment, queuePaymentEmail } from './payment-emails.ts';
import { cancelShortPayments } from './short-payments.ts';

/** `not_again`: neither a retry nor another method helps. */
export type Failure = Omit<ChargeFailure, 'retry'> & { retry: ChargeFailure['retry'] | 'not_again' };

/** One that is not of the gateway. */
export function ownFailure<Retry extends Failure['retry']>(code: keyof typeof paymentTexts, retry: Retry) {
  return { code, retry, text: paymentTexts[code] };
}

/** The customer has to give another method. */
function needsMethod({ retry }: Failure): boolean {
  return retry === 'never' || retry === 'customer';
}

const ACTION_MS = 24 * 3_600_000;

/**
 * The gateway has declined. The invoices are open again; the next try is after the days of the settings, if trying again
 * can help. The customer is told once of each attempt.
 */
export async function failPayment(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
  failure: Failure,
): Promise<void> {
  await freeInvoices(db, billing, { account, payment }, 'failed');
  const parts = await listParts(db, payment.id);
  // A credit note or credit may have settled the invoices meanwhile: then nothing is owed.
  const isOwed = parts.some(({ open_cents }) => open_cents > 0n);
  const failures = payment.failures + 1;
  const retry_on = isOwed ? nextRetry(billing, payment, failures, failure) : null;
  updatePayment(db, payment.id, {
    status: 'failed',
    failures,
    failure_code: failure.code,
    failure_text: failure.text,
    needs: needsMethod(failure) && isOwed ? 'new_method' : 'nothing',
    next_retry_on: retry_on,
    due_at: retry_on === null ? null : await instantOf(retry_on, billing.autopay_time, billing.time_zone),
    settled_at: billing.now,
    session_url: null,
    checks: 0,
  });
  if (!retry_on) cancelShortPayments(db, payment.id);
  if (needsMethod(failure)) await markUnusable(db, payment.payment_method_id);
  recordAudit(db, gatewayActor, {
    event: 'payment.failed',
    target: { type: 'payment', id: payment.id, name: labelsOf(parts) },
    outcome: 'failure',
    changes: {
      amount: [null, amountText(payment.amount_cents, account.currency)],
      reason: [null, failure.code],
    },
  });
  if (isOwed) await tellOfFailure(db, billing, payment, { failure, retry_on, labels: labelsOf(parts) });
}

async function tellOfFailure(
  db: TenantDb,
  billing: Billing,
  payment: GatewayPayment,
  told: { failure: Failure; retry_on: CivilDate | null; labels: string },
): Promise<void> {
  const variables = {
    label: told.labels,
    reason: told.failure.text,
    on: told.retry_on,
    needs: needsMethod(told.failure) ? 'new_method' : null,
  };
  await queuePaymentEmail(db, billing, 'chargeFailed', payment, variables);
  await alertStaffOfPayment(db, 'paymentFailedAlert', payment, variables);
}

/** Only a stored method can be charged again without the customer. */
function nextRetry(
  { today, retry_days }: Billing,
  { payment_method_id }: GatewayPayment,
  failures: number,
  { retry }: Failure,
): CivilDate | null {
  const days = retry_days[failures - 1];
  return retry === 'later' && payment_method_id !== null && days !== undefined ? addDays(today, days) : null;
}

async function markUnusable(db: TenantDb, methodId: string | null): Promise<void> {
  if (methodId === null) return;
  await db
    .from('payment_methods')
    .where({ id: methodId, status: 'active' })
    .update({ status: 'needs_attention', version: db.raw('version + 1') });
}

/** Nothing was charged and nothing will be. The invoices are what they were before. */
export async function cancelPayment(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
): Promise<void> {
  updatePayment(db, payment.id, {
    status: 'cancelled',
    needs: 'nothing',
    next_retry_on: null,
    due_at: null,
    settled_at: billing.now,
    session_url: null,
  });
  cancelShortPayments(db, payment.id);
  await freeInvoices(db, billing, { account, payment }, 'as_before');
  await db.flush();
}

/** Credit pays what no payment is on its way to any longer. */
async function freeInvoices(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
  status: 'failed' | 'as_before',
): Promise<void> {
  releaseInvoices(db, payment.id, status);
  const applied = await applyCreditToOldest(db, billing, account);
  await unlockPaidRentals(
    db,
    gatewayActor,
    billing,
    applied.map(({ invoice }) => invoice.id),
  );
}

/** The bank wants the customer to confirm the charge, which is possible for 24 hours. */
export async function requireAction(
  db: TenantDb,
  billing: Billing,
  { payment }: LockedPayment,
  failure: ChargeFailure | undefined,
): Promise<void> {
  const { id, status, checks } = payment;
  if (status === 'processing' || status === 'requires_action')
    return updatePayment(db, id, { checks: checks + 1, due_at: nextCheck(billing, checks) });
  const expires = after(billing.now, ACTION_MS);
  updatePayment(db, id, {
    status: 'requires_action',
    needs: 'customer',
    failure_code: failure?.code ?? null,
    failure_text: failure?.text ?? null,
    action_expires_at: expires,
    checks: 1,
    due_at: nextCheck(billing, 0),
  });
  const parts = await listParts(db, id);
  await queuePaymentEmail(db, billing, 'paymentActionNeeded', payment, { label: labelsOf(parts) });
}
