import { wakeAfterCommit } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { requestIdOf } from '../gateway/gateway.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { isChargeable } from '../payment-method/payment-method.ts';
import { chargePayment, recordState } from './charge-payment.ts';
import {
  ABANDONED_MS,
  after,
  findMethodForCharge,
  getGatewayPayment,
  labelsOf,
  listParts,
  lockGatewayPayment,
  nextCheck,
  paymentQueue,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
  type PaymentPart,
} from './gateway-payment.ts';
import { closePagesBeforeCharge } from './open-payment-page.ts';
import { settleCharge } from './settle-payment.ts';
import { cancelShortPayments } from './short-payments.ts';
import { amountError, makePending, totalOf } from './start-payment.ts';

export type RetriedPayment = { ok: true; payment_id: string } | RefusedValues;

/**
 * Tries a failed payment again now. The worker does it after the commit, or the caller with `continueRetry`.
 *
 * @throws {NotFound} if the viewer may not see the payment
 */
export async function retryPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<RetriedPayment> {
  const { account, payment } = await lockGatewayPayment(db, id);
  if (payment.status !== 'failed' || payment.payment_method_id === null)
    return refuse({ field: 'payment', code: 'not_retryable' });
  const method = await findMethodForCharge(db, payment.payment_method_id);
  if (!method || !isChargeable(method, billing)) return refuse({ field: 'payment', code: 'method_unusable' });
  const parts = await listParts(db, id);
  if (parts.every(({ status }) => status === 'pending'))
    return refuse({ field: 'payment', code: 'payment_pending' });
  if (owedParts(parts).length === 0) return refuse({ field: 'payment', code: 'nothing_open' });
  updatePayment(db, id, { next_retry_on: billing.today, due_at: billing.now });
  recordAudit(db, actor, {
    event: 'payment.started',
    target: { type: 'payment', id, name: labelsOf(parts) },
    changes: { amount: [null, amountText(payment.amount_cents, account.currency)] },
  });
  wakeAfterCommit(db, paymentQueue);
  return { ok: true, payment_id: id };
}

/** There is no further try. The payment stays failed. @throws {NotFound} if the viewer may not see the payment */
export async function stopRetrying(db: TenantDb, actor: Actor, id: string): Promise<RetriedPayment> {
  const { payment } = await lockGatewayPayment(db, id);
  if (payment.status !== 'failed' || payment.next_retry_on === null)
    return refuse({ field: 'payment', code: 'not_retryable' });
  endRetries(db, id);
  recordAudit(db, actor, {
    event: 'payment.schedule_cancelled',
    target: { type: 'payment', id, name: labelsOf(await listParts(db, id)) },
    changes: { next_try: [payment.next_retry_on, null] },
  });
  return { ok: true, payment_id: id };
}

export function endRetries(db: TenantDb, id: string): void {
  updatePayment(db, id, { next_retry_on: null, due_at: null, needs: 'nothing' });
  cancelShortPayments(db, id);
}

/**
 * The next attempt of a failed payment, when it is due: the former charge is ended at the gateway first, so that it can
 * never be charged beside the new one.
 */
export async function continueRetry(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const payment = await inBilling(deps, tenantId, (db) => getGatewayPayment(db, id));
  if (payment.status !== 'failed' || payment.next_retry_on === null) return;
  if (!(await endFormerCharge(deps, tenantId, payment))) return;
  await closePagesOf(deps, tenantId, id);
  const isBegun = await inBilling(deps, tenantId, (db, billing) =>
    beginRetry(db, billing, id, payment.attempts),
  );
  if (isBegun) await chargePayment(deps, tenantId, id);
}

/** False if the charge has succeeded after all, or if it is not known whether it has: it is asked again later. */
async function endFormerCharge(
  deps: ChargeDeps,
  tenantId: string,
  { id, gateway_id, gateway_object_id: chargeId }: GatewayPayment,
): Promise<boolean> {
  if (chargeId === null) return true;
  try {
    const gateway = await openGatewayById(deps, tenantId, gateway_id!);
    const state = await gateway.cancelCharge(chargeId);
    if (state.status === 'cancelled' || state.status === 'failed') return true;
    await inBilling(deps, tenantId, async (db, billing) => {
      const locked = await lockGatewayPayment(db, id);
      recordState(db, locked.payment, 'cancel', state);
      await settleCharge(db, billing, locked, state);
    });
  } catch (error) {
    deps.log.error({ err: error, payment: id, tenant: tenantId }, 'a failed charge could not be ended');
    await inBilling(deps, tenantId, async (db, billing) => {
      const { payment } = await lockGatewayPayment(db, id);
      if (payment.status !== 'failed' || payment.next_retry_on === null) return;
      recordAttempt(db, payment, {
        call: 'cancel',
        outcome: 'unknown',
        gateway_request_id: requestIdOf(error),
      });
      const { checks } = payment;
      updatePayment(db, id, { checks: checks + 1, due_at: nextCheck(billing, checks) });
    });
  }
  return false;
}

/** Reads the balances again: what was paid meanwhile is not charged. */
async function beginRetry(db: TenantDb, billing: Billing, id: string, attempts: number): Promise<boolean> {
  const { payment } = await lockGatewayPayment(db, id);
  if (payment.status !== 'failed' || payment.next_retry_on === null || payment.attempts !== attempts)
    return false;
  const parts = await listParts(db, id);
  const due_at = waitsUntil(billing, parts);
  if (due_at) {
    updatePayment(db, id, { due_at });
    return false;
  }
  const owed = owedParts(parts);
  const total = totalOf(owed);
  if (amountError(total, payment.currency)) {
    endRetries(db, id);
    return false;
  }
  storeParts(db, id, parts, owed);
  updatePayment(db, id, {
    status: 'created',
    amount_cents: total,
    attempts: attempts + 1,
    gateway_object_id: null,
    gateway_session_id: null,
    action_expires_at: null,
    next_retry_on: null,
    needs: 'nothing',
    checks: 0,
    due_at: after(billing.now, ABANDONED_MS),
  });
  makePending(db, id, owed);
  await db.flush();
  return true;
}

/** What can be charged now, without disputed parts. An invoice on which another payment is on its way is left out. */
export function owedParts(parts: readonly PaymentPart[]): PaymentPart[] {
  return parts
    .filter(({ status }) => status === 'sent' || status === 'failed')
    .map((part) => {
      const owed = part.open_cents - part.disputed_cents;
      return { ...part, amount_cents: part.amount_cents < owed ? part.amount_cents : owed };
    })
    .filter(({ amount_cents }) => amount_cents > 0n);
}

const WAIT_MS = 3_600_000;

/** When it is looked at again, if it can only be charged after another payment that is on its way. */
export function waitsUntil({ now }: Pick<Billing, 'now'>, parts: readonly PaymentPart[]): Date | undefined {
  const waits = owedParts(parts).length === 0 && parts.some(({ status }) => status === 'pending');
  return waits ? after(now, WAIT_MS) : undefined;
}

/** Before a stored method is charged for the invoices of the payment. */
export async function closePagesOf(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const parts = await inBilling(deps, tenantId, (db) => listParts(db, id));
  const invoiceIds = parts.map(({ invoice_id }) => invoice_id);
  await closePagesBeforeCharge(deps, tenantId, invoiceIds);
}

export function storeParts(
  db: TenantDb,
  payment_id: string,
  parts: readonly PaymentPart[],
  owed: readonly PaymentPart[],
): void {
  for (const { invoice_id } of parts) {
    const part = db.from('payment_invoices').where({ payment_id, invoice_id });
    const { amount_cents, status } = owed.find((each) => each.invoice_id === invoice_id) ?? {};
    if (amount_cents === undefined) db.defer(part.delete());
    else db.defer(part.update({ amount_cents, invoice_status: status === 'failed' ? 'failed' : 'sent' }));
  }
}
