import { inTenant } from '../../database/in-tenant.ts';
import { inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { GatewayUnknown, type ChargeState, type PaymentGateway } from '../gateway/gateway.ts';
import { insertPaidMethod, type PaidMethod } from '../payment-method/paid-method.ts';
import { chargePayment, recordState } from './charge-payment.ts';
import { cancelPayment, failPayment, ownFailure } from './fail-payment.ts';
import {
  after,
  getGatewayPayment,
  lockGatewayPayment,
  nextCheck,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
} from './gateway-payment.ts';
import { storeUnknown } from './payment-outcome.ts';
import { isUnfinished } from './payment.ts';
import { settleCharge } from './settle-payment.ts';

/**
 * Asks the gateway for the state of a charge or of its page, and stores it. A charge that turns out not to be confirmed
 * is confirmed then.
 */
export async function readPayment(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const payment = await find(deps, tenantId, id);
  if (payment.direction !== 'in' || payment.gateway_id === null) return;
  try {
    const gateway = await openGatewayById(deps, tenantId, payment.gateway_id);
    if (payment.gateway_object_id !== null) await readCharge(deps, tenantId, gateway, payment);
    else if (payment.gateway_session_id !== null) await readPage(deps, tenantId, gateway, payment);
    // The process stopped before it stored the page that it opened.
    else if (payment.status === 'requires_action') await endPage(deps, tenantId, payment);
  } catch (error) {
    // The event that told of a change, for example a dispute, is processed again.
    if (!isUnfinished(payment.status)) throw error;
    if (!(error instanceof GatewayUnknown))
      deps.log.error({ err: error, payment: id }, 'a payment could not be read');
    return storeUnknown(deps, tenantId, payment, 'read', error);
  }
  const { status } = await find(deps, tenantId, id);
  if (status === 'ready') await chargePayment(deps, tenantId, id);
}

function find({ database }: ChargeDeps, tenantId: string, id: string): Promise<GatewayPayment> {
  return inTenant(database, tenantId, (db) => getGatewayPayment(db, id));
}

async function readCharge(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  payment: GatewayPayment,
): Promise<void> {
  const chargeId = payment.gateway_object_id!;
  const isTooLate = await isActionExpired(deps, tenantId, payment);
  const state = isTooLate ? await gateway.cancelCharge(chargeId) : await gateway.readCharge(chargeId);
  await storeState(deps, tenantId, gateway, payment, { state, isTooLate });
}

function isActionExpired(deps: ChargeDeps, tenantId: string, payment: GatewayPayment): Promise<boolean> {
  const { status, action_expires_at } = payment;
  if (status !== 'requires_action' || action_expires_at === null) return Promise.resolve(false);
  return inBilling(deps, tenantId, (_, { now }) => Promise.resolve(now >= action_expires_at));
}

const NOT_CONFIRMED = ownFailure('authentication_expired', 'not_again');

async function storeState(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  { id, gateway_session_id }: GatewayPayment,
  { state, isTooLate }: { state: ChargeState; isTooLate: boolean },
): Promise<void> {
  const method = await readPaidMethod(deps, tenantId, gateway, id, state);
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    const { payment } = locked;
    // The customer has opened another page meanwhile.
    if (payment.gateway_session_id !== gateway_session_id) return;
    recordState(db, payment, isTooLate ? 'cancel' : 'read', state);
    const isPaidOnPage = payment.gateway_object_id === null;
    if (isPaidOnPage) updatePayment(db, id, { gateway_object_id: state.chargeId });
    const settled = {
      ...locked,
      payment: { ...payment, gateway_object_id: payment.gateway_object_id ?? state.chargeId },
    };
    const isOver = isTooLate && payment.status === 'requires_action';
    if (isOver && (state.status === 'cancelled' || state.status === 'failed'))
      return failPayment(db, billing, settled, NOT_CONFIRMED);
    if (method) await insertPaidMethod(db, billing, settled, method);
    await settleCharge(db, billing, settled, state);
  });
}

/** Read before the settlement, so that both are stored together. */
async function readPaidMethod(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  id: string,
  { status, methodId }: ChargeState,
): Promise<PaidMethod | undefined> {
  const payment = await find(deps, tenantId, id);
  const isPaid = status === 'succeeded' || status === 'processing';
  if (!payment.saves_method || !isPaid || methodId === undefined) return undefined;
  if (payment.payment_method_id !== null) return undefined;
  return { external_id: methodId, facts: await gateway.readMethod(methodId) };
}

const AFTER_EXPIRY_MS = 1_000;

async function readPage(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  payment: GatewayPayment,
): Promise<void> {
  const sessionId = payment.gateway_session_id!;
  let session = await gateway.readSession(sessionId);
  const isOverdue = await inBilling(deps, tenantId, (_, { now }) =>
    Promise.resolve(payment.session_expires_at !== null && now > payment.session_expires_at),
  );
  if (session.state === 'open' && isOverdue) {
    const closed = await gateway.closeSession(sessionId);
    session = closed === 'closed' ? { state: 'expired' } : await gateway.readSession(sessionId);
  }
  if (session.state === 'complete' && session.chargeId !== undefined) {
    const state = await gateway.readCharge(session.chargeId);
    return storeState(deps, tenantId, gateway, payment, { state, isTooLate: false });
  }
  if (session.state === 'expired') return endPage(deps, tenantId, payment);
  await inBilling(deps, tenantId, async (db, billing) => {
    const { payment: now } = await lockGatewayPayment(db, payment.id);
    if (now.status !== 'requires_action') return;
    const next = nextCheck(billing, now.checks);
    const expires = after(now.session_expires_at!, AFTER_EXPIRY_MS);
    const due_at = billing.now < expires && expires < next ? expires : next;
    updatePayment(db, payment.id, { checks: now.checks + 1, due_at });
  });
}

/**
 * After the page was closed or has expired. A payment that was started on it is cancelled; a charge that the bank wants
 * to see confirmed waits for another page until it expires.
 */
export async function endPage(
  deps: ChargeDeps,
  tenantId: string,
  { id, gateway_session_id }: GatewayPayment,
): Promise<void> {
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    const { status, payment_method_id, action_expires_at, gateway_session_id: current } = locked.payment;
    if (status !== 'requires_action' || current !== gateway_session_id) return;
    recordAttempt(db, locked.payment, { call: 'page', outcome: 'cancelled' });
    if (payment_method_id === null) return cancelPayment(db, billing, locked);
    if (action_expires_at !== null && billing.now >= action_expires_at)
      return failPayment(db, billing, locked, NOT_CONFIRMED);
    updatePayment(db, id, { session_url: null, checks: 1, due_at: action_expires_at });
  });
}
