import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit } from '../../database/queue.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { paymentTexts } from '../../locales/payment-texts.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { gatewayActor, inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { GatewayRefused, GatewayUnknown, requestIdOf, type RefundState } from '../gateway/gateway.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { movement, type Movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { describeMethod } from '../payment-method/payment-method.ts';
import {
  ABANDONED_MS,
  after,
  findMethodForCharge,
  getGatewayPayment,
  lockGatewayPayment,
  nextCheck,
  paymentQueue,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
} from './gateway-payment.ts';
import { alertStaffOfPayment, queuePaymentEmail } from './payment-emails.ts';
import { storeUnknown } from './payment-outcome.ts';
import { isToPayOut, isUnfinished, refundableCents } from './payment.ts';

export type RequestedRefunds = { ok: true; payment_ids: string[] } | RefusedValues;

/**
 * Refunds credit of the locked account, to the payments from which it came, the newest first. What no payment of a gateway
 * covers is to be paid out by hand. The credit is taken at once, so that it cannot be used meanwhile; a refund that fails
 * gives it back.
 */
export async function requestRefunds(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  amount: bigint,
  /** Only to this one. */
  payment?: GatewayPayment,
): Promise<RequestedRefunds> {
  if (amount <= 0n) return refuse({ field: 'amount', code: 'nothing_to_pay' });
  const most = payment ? refundableCents(payment, account) : account.credit_cents;
  if (amount > most) {
    const rest = toDecimal(most, account.currency);
    return refuse({ field: 'amount', code: 'refund_too_large', params: { rest } });
  }
  const refunds = payment
    ? [{ payment, part: amount }]
    : divide(await listRefundable(db, account.id), amount);
  const rows = refunds.map(({ payment, part }) => ({
    ...outRow(actor, billing, account, part),
    ...(payment && {
      channel: payment.channel,
      gateway_id: payment.gateway_id,
      refunds_payment_id: payment.id,
      payment_method_id: payment.payment_method_id,
      due_at: after(billing.now, ABANDONED_MS),
    }),
  }));
  for (const row of rows) db.defer(db.insertStatement('payments', [row]));
  for (const { payment, part } of refunds)
    if (payment) updatePayment(db, payment.id, { refunded_cents: payment.refunded_cents + part });
  postRefunds(db, billing, account, rows, 'refund');
  for (const row of rows)
    recordAudit(db, actor, {
      event: 'refund.requested',
      target: { type: 'payment', id: row.id, name: null },
      changes: { amount: [null, amountText(row.amount_cents, account.currency)] },
    });
  await db.flush();
  wakeAfterCommit(db, paymentQueue);
  return { ok: true, payment_ids: rows.map(({ id }) => id) };
}

const refundableColumns = pick(
  'payments',
  'id',
  'channel',
  'gateway_id',
  'payment_method_id',
  'amount_cents',
  'refunded_cents',
  'charged_back_cents',
);

type Refundable = RowOf<typeof refundableColumns>;

function listRefundable(db: TenantDb, accountId: string) {
  const payments = db
    .from('payments')
    .where({ billing_account_id: accountId, direction: 'in', status: 'succeeded' })
    .whereNotNull('gateway_object_id')
    .whereRaw('refunded_cents + charged_back_cents < amount_cents')
    .orderBy('settled_at', 'desc')
    .orderBy('id', 'desc');
  return selectRows(payments, refundableColumns);
}

function divide(payments: readonly Refundable[], amount: bigint): { payment?: Refundable; part: bigint }[] {
  let left = amount;
  const parts: { payment?: Refundable; part: bigint }[] = [];
  for (const payment of payments) {
    const most = payment.amount_cents - payment.refunded_cents - payment.charged_back_cents;
    const part = most < left ? most : left;
    if (part > 0n) parts.push({ payment, part });
    left -= part;
  }
  return left > 0n ? [...parts, { part: left }] : parts;
}

function outRow(actor: Actor, billing: Billing, account: BillingAccount, amount_cents: bigint) {
  return {
    id: newId(),
    billing_account_id: account.id,
    direction: 'out' as const,
    channel: 'other' as GatewayPayment['channel'],
    status: 'created' as const,
    amount_cents,
    currency: account.currency,
    received_on: billing.today,
    recorded_by: actor.id,
    attempts: 1,
    started_by: actor.kind === 'customer' ? ('customer' as const) : ('staff' as const),
  };
}

function postRefunds(
  db: TenantDb,
  billing: Billing,
  account: Pick<BillingAccount, 'id' | 'currency'>,
  rows: readonly Pick<GatewayPayment, 'id' | 'amount_cents'>[],
  posting: 'refund' | 'reversal',
): void {
  const movementsOf = (amount: bigint): Movement[] =>
    posting === 'refund' ? movement('credit', 'cash', amount) : movement('cash', 'credit', amount);
  postEntries(
    db,
    rows.map(({ id, amount_cents }) => ({
      billing_account_id: account.id,
      currency: account.currency,
      posting,
      source_type: 'payment',
      source_id: id,
      effective_on: billing.today,
      movements: movementsOf(amount_cents),
    })),
  );
}

/** Longer than a service keeps the keys of requests. Then a repeated request could refund twice. */
const REPEATABLE_MS = 20 * 3_600_000;

/**
 * Sends a refund. After an unknown outcome the service is asked for it first, and it is sent again with the same key, so
 * that the service refunds once. After some hours the key may be forgotten, so that staff have to look.
 */
export async function sendRefund(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const begun = await inBilling(deps, tenantId, (db, billing) => beginRefund(db, billing, id));
  if (!begun) return;
  const { refund, chargeId, isRepeatable } = begun;
  const { amount_cents: amount, currency } = refund;
  try {
    const gateway = await openGatewayById(deps, tenantId, refund.gateway_id!);
    const isSent = refund.status !== 'created';
    const known = isSent ? await gateway.findRefund({ chargeId, reference: id }) : undefined;
    if (!known && !isRepeatable) return await leaveToStaff(deps, tenantId, id);
    const request = { chargeId, amount, currency, reference: id, key: `${id}:refund` };
    if (known) await storeRefund(deps, tenantId, id, 'read', known);
    else await storeRefund(deps, tenantId, id, 'refund', await gateway.refund(request));
  } catch (error) {
    await storeRefundError(deps, tenantId, refund, error);
  }
}

async function beginRefund(db: TenantDb, billing: Billing, id: string) {
  const { payment } = await lockGatewayPayment(db, id);
  const { direction, gateway_id, gateway_object_id, status } = payment;
  if (direction !== 'out' || gateway_id === null || gateway_object_id !== null || !isUnfinished(status))
    return undefined;
  const age = billing.now.getTime() - payment.created_at.getTime();
  const original = await getGatewayPayment(db, payment.refunds_payment_id!);
  updatePayment(db, id, { status: 'submitting', due_at: after(billing.now, ABANDONED_MS) });
  await db.flush();
  const isRepeatable = payment.status === 'created' || age <= REPEATABLE_MS;
  return { refund: payment, chargeId: original.gateway_object_id!, isRepeatable };
}

async function leaveToStaff(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  await inBilling(deps, tenantId, async (db) => {
    const { payment } = await lockGatewayPayment(db, id);
    if (!isUnfinished(payment.status) || payment.gateway_object_id !== null) return;
    updatePayment(db, id, { status: 'unknown', due_at: null });
    await alertStaffOfPayment(db, 'paymentFailedAlert', payment, { reason: paymentTexts.refund_unknown });
  });
}

/** Asks the gateway for the state of a refund that was sent. */
export async function readRefund(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const refund = await inTenant(deps.database, tenantId, (db) => getGatewayPayment(db, id));
  if (refund.direction !== 'out' || refund.gateway_object_id === null) return;
  try {
    const gateway = await openGatewayById(deps, tenantId, refund.gateway_id!);
    await storeRefund(deps, tenantId, id, 'read', await gateway.readRefund(refund.gateway_object_id));
  } catch (error) {
    // The event that told of a change of it is processed again.
    if (!isUnfinished(refund.status)) throw error;
    if (!(error instanceof GatewayUnknown))
      deps.log.error({ err: error, payment: id }, 'a refund could not be read');
    await storeUnknown(deps, tenantId, refund, 'read', error);
  }
}

async function storeRefundError(
  deps: ChargeDeps,
  tenantId: string,
  refund: GatewayPayment,
  error: unknown,
): Promise<void> {
  if (!(error instanceof GatewayRefused)) {
    if (!(error instanceof GatewayUnknown))
      deps.log.error({ err: error, payment: refund.id }, 'a refund could not be sent');
    return storeUnknown(deps, tenantId, refund, 'refund', error);
  }
  const failure = { code: error.code, text: paymentTexts.refund_not_accepted };
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, refund.id);
    recordAttempt(db, refund, {
      call: 'refund',
      outcome: 'refused',
      code: error.code,
      gateway_request_id: requestIdOf(error),
    });
    await failRefund(db, billing, locked, { status: 'failed', failure });
  });
}

async function storeRefund(
  deps: ChargeDeps,
  tenantId: string,
  id: string,
  call: 'refund' | 'read',
  state: RefundState,
): Promise<void> {
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    const { failure, status, requestId } = state;
    const texts = { code: failure?.code ?? null, text: failure?.text ?? null };
    const gateway_request_id = requestId ?? null;
    recordAttempt(db, locked.payment, { call, outcome: status, ...texts, gateway_request_id });
    await settleRefund(db, billing, locked, state);
  });
}

/** Stores what the gateway says about the refund whose account is locked. Moves forward only. */
export async function settleRefund(
  db: TenantDb,
  billing: Billing,
  locked: LockedPayment,
  state: RefundState,
): Promise<void> {
  const { payment } = locked;
  const { id, checks } = payment;
  const own: NewRow<'payments'> = { gateway_object_id: state.refundId };
  // A bank may send the money of a refund back, even after it had succeeded.
  if (state.status === 'failed' || state.status === 'cancelled') {
    updatePayment(db, id, own);
    if (isUnfinished(payment.status) || payment.status === 'succeeded')
      await failRefund(db, billing, locked, { status: state.status, failure: state.failure });
    return;
  }
  if (!isUnfinished(payment.status)) return;
  if (state.status === 'processing')
    return updatePayment(db, id, {
      ...own,
      status: 'processing',
      checks: checks + 1,
      due_at: nextCheck(billing, checks),
    });
  updatePayment(db, id, own);
  await succeedRefund(db, billing, locked);
}

async function succeedRefund(
  db: TenantDb,
  billing: Billing,
  { payment }: Pick<LockedPayment, 'payment'>,
  actor = gatewayActor,
): Promise<void> {
  const { id, payment_method_id, currency, amount_cents } = payment;
  updatePayment(db, id, { status: 'succeeded', settled_at: billing.now, due_at: null, checks: 0 });
  recordAudit(db, actor, {
    event: 'refund.succeeded',
    target: { type: 'payment', id, name: null },
    changes: { amount: [null, amountText(amount_cents, currency)] },
  });
  const method = payment_method_id && (await findMethodForCharge(db, payment_method_id));
  await queuePaymentEmail(db, billing, 'refundSent', payment, {
    method: method ? describeMethod(method) : null,
  });
}

/** The money is credit again, and staff are told. */
async function failRefund(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
  { status, failure }: { status: 'failed' | 'cancelled'; failure: RefundState['failure'] },
  actor = gatewayActor,
): Promise<void> {
  const { id, refunds_payment_id, amount_cents } = payment;
  updatePayment(db, id, {
    status,
    failure_code: failure?.code ?? null,
    failure_text: failure?.text ?? null,
    settled_at: billing.now,
    due_at: null,
  });
  if (refunds_payment_id !== null)
    updatePayment(db, refunds_payment_id, {
      refunded_cents: db.raw('refunded_cents - ?::bigint', [String(amount_cents)]),
    });
  postRefunds(db, billing, account, [payment], 'reversal');
  recordAudit(db, actor, {
    event: 'refund.failed',
    target: { type: 'payment', id, name: null },
    outcome: 'failure',
    changes: { amount: [null, amountText(amount_cents, account.currency)] },
  });
  if (actor === gatewayActor)
    await alertStaffOfPayment(db, 'paymentFailedAlert', payment, { reason: failure?.text ?? null });
}

/**
 * Staff have paid a refund out by hand, or will not.
 *
 * @throws {NotFound} if the viewer may not see the refund
 */
export async function decidePayout(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, is_paid }: { id: string; is_paid: boolean },
): Promise<{ ok: true; payment_id: string } | RefusedValues> {
  const locked = await lockGatewayPayment(db, id);
  if (!isToPayOut(locked.payment)) return refuse({ field: 'payment', code: 'not_a_payout' });
  if (is_paid) await succeedRefund(db, billing, locked, actor);
  else await failRefund(db, billing, locked, { status: 'cancelled', failure: undefined }, actor);
  return { ok: true, payment_id: id };
}
