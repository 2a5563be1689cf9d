import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { ensureCustomer } from '../gateway/gateway-customers.ts';
import {
  GatewayRefused,
  GatewayUnknown,
  requestIdOf,
  type ChargeState,
  type PaymentGateway,
} from '../gateway/gateway.ts';
import { isChargeable } from '../payment-method/payment-method.ts';
import { TENANT_IS_ACTIVE } from '../tenant/tenant.ts';
import { cancelPayment, failPayment, ownFailure } from './fail-payment.ts';
import {
  ABANDONED_MS,
  after,
  findMethodForCharge,
  lockGatewayPayment,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
} from './gateway-payment.ts';
import { storeUnknown } from './payment-outcome.ts';
import { settleCharge } from './settle-payment.ts';

const SUSPENDED_MS = 3_600_000;

/** A call that may be sent, because the row says so under the lock. */
interface Call {
  payment: GatewayPayment;
  methodId: string;
  /** Null: that of the account. */
  customerId: string | null;
}

/**
 * Charges a payment that is created or ready: create the charge, store its id, confirm it, settle. Money moves only in
 * the confirmation, whose charge is stored by then. Every outcome is stored, also an unknown one; a process that stops in
 * between leaves a row that the worker continues.
 */
export async function chargePayment(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const call = await inBilling(deps, tenantId, (db, billing) => beginCall(db, billing, id));
  if (!call) return;
  try {
    const gateway = await openGatewayById(deps, tenantId, call.payment.gateway_id!);
    const ready =
      call.payment.gateway_object_id === null ? await createCharge(deps, tenantId, gateway, call) : call;
    if (ready) await confirmCharge(deps, tenantId, gateway, ready);
  } catch (error) {
    await storeError(deps, tenantId, call.payment, error);
  }
}

/** Undefined if there is nothing to charge now. */
async function beginCall(db: TenantDb, billing: Billing, id: string): Promise<Call | undefined> {
  const locked = await lockGatewayPayment(db, id);
  const { payment } = locked;
  const isCreate = payment.gateway_object_id === null;
  if (payment.direction !== 'in' || payment.gateway_session_id !== null) return undefined;
  if (!(payment.status === 'ready' || (payment.status === 'created' && isCreate))) return undefined;
  if (!(await isActive(db))) {
    updatePayment(db, id, { due_at: after(billing.now, SUSPENDED_MS) });
    return undefined;
  }
  const { payment_method_id } = payment;
  const method = payment_method_id === null ? undefined : await findMethodForCharge(db, payment_method_id);
  // A charge that exists is confirmed by the service that has it, also after another one has replaced it.
  const isUsable = method && (isCreate ? isChargeable(method, billing) : method.status === 'active');
  if (!isUsable) {
    // Without a method it was to be paid on a page, which was never opened.
    if (payment_method_id === null) await cancelPayment(db, billing, locked);
    else await failPayment(db, billing, locked, REMOVED);
    return undefined;
  }
  // The key of a call that is sent again must be new, because the service may repeat a stored error.
  const attempts = isCreate ? payment.attempts : payment.attempts + 1;
  const status = isCreate ? 'created' : 'submitting';
  updatePayment(db, id, { status, attempts, due_at: after(billing.now, ABANDONED_MS) });
  await db.flush();
  const { external_id: methodId, gateway_customer_id: customerId } = method;
  return { payment: { ...payment, status, attempts }, methodId: methodId!, customerId };
}

const REMOVED = ownFailure('method_removed', 'never');

async function isActive(db: TenantDb): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { is_active: boolean }[] }>(
    `select ${TENANT_IS_ACTIVE} as is_active`,
    [db.tenantId],
  );
  return rows[0]!.is_active;
}

/** Returns undefined if another process went on with the payment meanwhile. */
async function createCharge(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  call: Call,
): Promise<Call | undefined> {
  const { payment, methodId } = call;
  const { id, attempts, amount_cents: amount, currency } = payment;
  const account = { accountId: payment.billing_account_id, gatewayId: payment.gateway_id! };
  const customerId = call.customerId ?? (await ensureCustomer(deps, tenantId, gateway, account));
  const key = `${id}:create:${attempts}`;
  const { chargeId, requestId } = await gateway.createCharge({
    customerId,
    methodId,
    amount,
    currency,
    reference: id,
    key,
  });
  const storedId = await inBilling(deps, tenantId, async (db, billing) => {
    const { payment: now } = await lockGatewayPayment(db, id);
    if (now.status !== 'created' || now.attempts !== attempts || now.gateway_object_id !== null)
      return { other: now.gateway_object_id };
    const due_at = after(billing.now, ABANDONED_MS);
    updatePayment(db, id, { status: 'submitting', gateway_object_id: chargeId, due_at });
    recordAttempt(db, payment, { call: 'create', outcome: 'ready', gateway_request_id: requestId ?? null });
    return undefined;
  });
  if (!storedId)
    return { ...call, payment: { ...payment, status: 'submitting', gateway_object_id: chargeId } };
  // The same key may have returned the charge that the other process confirms.
  if (storedId.other !== chargeId) await gateway.cancelCharge(chargeId);
  return undefined;
}

async function confirmCharge(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  { payment, methodId }: Call,
): Promise<void> {
  const chargeId = payment.gateway_object_id!;
  const key = `${payment.id}:confirm:${payment.attempts}`;
  let state: ChargeState;
  try {
    state = await gateway.confirmCharge({ chargeId, methodId, key });
  } catch (error) {
    if (!(error instanceof GatewayRefused)) throw error;
    // A parallel confirmation may have succeeded, which the service refuses to repeat.
    state = await gateway.readCharge(chargeId);
    if (state.status === 'ready') throw error;
  }
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, payment.id);
    recordState(db, payment, 'confirm', state);
    await settleCharge(db, billing, locked, state);
  });
}

export function recordState(
  db: TenantDb,
  payment: GatewayPayment,
  call: 'confirm' | 'read' | 'cancel',
  { status, failure, requestId }: ChargeState,
): void {
  recordAttempt(db, payment, {
    call,
    outcome: status,
    code: failure?.code ?? null,
    text: failure?.text ?? null,
    gateway_request_id: requestId ?? null,
  });
}

/** An unknown outcome is read later. A refused request has not charged anything. */
async function storeError(
  deps: ChargeDeps,
  tenantId: string,
  payment: GatewayPayment,
  error: unknown,
): Promise<void> {
  if (!(error instanceof GatewayRefused)) {
    if (!(error instanceof GatewayUnknown)) deps.log.error({ err: error, payment: payment.id }, UNEXPECTED);
    return storeUnknown(deps, tenantId, payment, callOf, error);
  }
  deps.log.error(
    { err: error, payment: payment.id, tenant: tenantId },
    'the payment service refused a request',
  );
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, payment.id);
    if (!isSameAttempt(locked, payment)) return;
    recordAttempt(db, payment, {
      call: callOf(locked.payment),
      outcome: 'refused',
      code: error.code,
      gateway_request_id: requestIdOf(error),
    });
    await failPayment(db, billing, locked, { ...REFUSED, code: error.code });
  });
}

/** A charge that is stored was created before. */
function callOf({ gateway_object_id }: GatewayPayment): 'create' | 'confirm' {
  return gateway_object_id === null ? 'create' : 'confirm';
}

const UNEXPECTED = 'a payment could not be charged';

/** Staff have to look at it, and can retry. */
const REFUSED = ownFailure('not_accepted', 'not_again');

function isSameAttempt({ payment }: LockedPayment, { status, attempts }: GatewayPayment): boolean {
  return payment.attempts === attempts && (payment.status === status || payment.status === 'submitting');
}
