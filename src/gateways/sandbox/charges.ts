import { pick, selectRow, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import {
  GatewayRefused,
  type ChargeFailure,
  type ChargeState,
  type NewCharge,
  type RefundState,
} from '../../domain/gateway/gateway.ts';
import { queueEvents, type NewEvent } from './events.ts';
import { findMethod } from './methods.ts';
import { existing, objectId } from './sandbox-account.ts';
import type { Behaviour } from './test-numbers.ts';

type Status = Row<'sandbox_charges'>['status'];

export interface Outcome {
  status: Status;
  failure_code: string | null;
  /** Whether the result is known only after a while. */
  isDelayed?: boolean;
}

/** How long a debit of a bank account is processing. */
export const PROCESSING_SECONDS = 20;

const failures: Record<string, Omit<ChargeFailure, 'code'>> = {
  card_declined: { retry: 'later', text: 'The card was declined.' },
  insufficient_funds: { retry: 'later', text: 'The card has insufficient funds.' },
  // The text is the one of any declined card: it must not warn a thief.
  stolen_card: { retry: 'never', text: 'The card was declined.' },
  expired_card: { retry: 'never', text: 'The card has expired.' },
  no_account: { retry: 'never', text: 'The bank account could not be found.' },
};

const outcomes: Record<Behaviour, Outcome> = {
  succeeds: { status: 'succeeded', failure_code: null },
  declined: { status: 'failed', failure_code: 'card_declined' },
  insufficient_funds: { status: 'failed', failure_code: 'insufficient_funds' },
  stolen_card: { status: 'failed', failure_code: 'stolen_card' },
  expired_card: { status: 'failed', failure_code: 'expired_card' },
  authentication_required: { status: 'requires_action', failure_code: null },
  debit_succeeds: { status: 'processing', failure_code: null, isDelayed: true },
  debit_fails: { status: 'processing', failure_code: 'no_account', isDelayed: true },
};

/** `isConfirmed`: the customer has just confirmed the charge. */
export function outcomeOf(behaviour: Behaviour, isConfirmed = false): Outcome {
  const isAnswered = behaviour === 'authentication_required' && isConfirmed;
  return outcomes[isAnswered ? 'succeeds' : behaviour];
}

export async function insertCharge(db: TenantDb, gatewayId: string, charge: Omit<NewCharge, 'key'>) {
  const method = await findMethod(db, gatewayId, charge.methodId);
  if (method.customer_id !== charge.customerId || method.detached_at || !method.is_confirmed)
    throw new GatewayRefused('method_unusable');
  const id = newId();
  await db.insertInto('sandbox_charges', {
    id,
    gateway_id: gatewayId,
    customer_id: charge.customerId,
    method_id: charge.methodId,
    amount_cents: charge.amount,
    currency: charge.currency,
    reference: charge.reference,
    status: 'ready',
  });
  return { chargeId: id };
}

export async function confirmCharge(
  db: TenantDb,
  gatewayId: string,
  { chargeId, methodId }: { chargeId: string; methodId: string },
): Promise<ChargeState> {
  const charge = await lockCharge(db, gatewayId, chargeId);
  if (charge.status !== 'ready' && charge.status !== 'failed') throw new GatewayRefused('charge_not_ready');
  const method = await findMethod(db, gatewayId, methodId);
  if (method.customer_id !== charge.customer_id || method.detached_at)
    throw new GatewayRefused('method_unusable');
  await db.from('sandbox_charges').where({ id: chargeId }).update({ method_id: methodId });
  await queueEvents(db, gatewayId, await settle(db, charge, outcomeOf(method.behaviour)));
  return readCharge(db, gatewayId, chargeId);
}

/** Returns the events. Those of a delayed result are sent when it is known. */
export async function settle(
  db: TenantDb,
  { id, reference }: { id: string; reference: string },
  { status, failure_code, isDelayed = false }: Outcome,
): Promise<NewEvent[]> {
  const seconds = `interval '${PROCESSING_SECONDS} seconds'`;
  const settles_at = isDelayed ? db.raw<Date>(`${db.now} + ${seconds}`) : null;
  await db.from('sandbox_charges').where({ id }).update({ status, failure_code, settles_at });
  const event = { subject_kind: 'charge', subject_id: id, reference } as const;
  const later = `charge.${failure_code === null ? 'succeeded' : 'failed'}`;
  return [
    { ...event, type: `charge.${status}` },
    ...(isDelayed ? [{ ...event, type: later, happensIn: PROCESSING_SECONDS }] : []),
  ];
}

export async function readCharge(db: TenantDb, gatewayId: string, id: string): Promise<ChargeState> {
  return stateOf(existing(await findCharge(db, gatewayId, id)));
}

export async function cancelCharge(db: TenantDb, gatewayId: string, id: string): Promise<ChargeState> {
  const charge = await lockCharge(db, gatewayId, id);
  if (['ready', 'failed', 'requires_action'].includes(charge.status)) {
    await db.from('sandbox_charges').where({ id }).update({ status: 'cancelled', failure_code: null });
    const event = { subject_kind: 'charge', subject_id: id, reference: charge.reference } as const;
    await queueEvents(db, gatewayId, [{ ...event, type: 'charge.cancelled' }]);
  }
  return readCharge(db, gatewayId, id);
}

export async function insertRefund(
  db: TenantDb,
  gatewayId: string,
  refund: { chargeId: string; amount: bigint; currency: string; reference: string },
): Promise<RefundState> {
  const { chargeId, amount, reference } = refund;
  const charge = await lockCharge(db, gatewayId, chargeId);
  const { received, chargedBack } = stateOf(charge);
  const refunds = db.from('sandbox_refunds').where('charge_id', chargeId);
  const sum = db.raw<string>('coalesce(sum(amount_cents), 0)::text');
  const refunded = BigInt((await selectRow(refunds, { sum }))?.sum ?? '0');
  if (refund.currency !== charge.currency) throw new GatewayRefused('currency_mismatch');
  if (amount > received - chargedBack - refunded) throw new GatewayRefused('refund_too_large');
  const id = newId();
  const row = { id, gateway_id: gatewayId, charge_id: chargeId, amount_cents: amount, reference };
  await db.insertInto('sandbox_refunds', row);
  const event = { subject_kind: 'refund', subject_id: id, reference } as const;
  await queueEvents(db, gatewayId, [{ ...event, type: 'refund.succeeded' }]);
  return { refundId: id, status: 'succeeded' };
}

const MAX_LISTED = 100;

/** The latest first. */
export async function listCharges(db: TenantDb, gatewayId: string) {
  const refunded = db.raw<bigint>(
    `(select coalesce(sum(r.amount_cents), 0)::bigint from sandbox_refunds r
      where r.tenant_id = ? and r.charge_id = sandbox_charges.id)`,
    [db.tenantId],
  );
  const rows = db.from('sandbox_charges').where('gateway_id', gatewayId).orderBy('id', 'desc');
  const charges = await selectRows(rows.limit(MAX_LISTED), { ...chargeColumns(db), refunded });
  return charges.map((charge) => ({
    id: charge.id,
    status: stateOf(charge).status,
    amount: charge.amount_cents,
    refunded: charge.refunded,
    chargedBack: charge.charged_back_cents,
    currency: charge.currency,
    reference: charge.reference,
  }));
}

/** A dispute of a card or a returned debit takes the whole charge back. */
export async function chargeBack(db: TenantDb, gatewayId: string, id: string): Promise<ChargeState> {
  const { received } = stateOf(await lockCharge(db, gatewayId, id));
  if (received === 0n) throw new GatewayRefused('charge_not_succeeded');
  await db.from('sandbox_charges').where({ id }).update({ charged_back_cents: received });
  const charge = existing(await findCharge(db, gatewayId, id));
  const event = { subject_kind: 'charge', subject_id: id, reference: charge.reference } as const;
  await queueEvents(db, gatewayId, [{ ...event, type: 'charge.charged_back' }]);
  return stateOf(charge);
}

const columns = pick(
  'sandbox_charges',
  'id',
  'customer_id',
  'method_id',
  'amount_cents',
  'currency',
  'reference',
  'status',
  'failure_code',
  'charged_back_cents',
);

/** A charge that is processing has its result once `settles_at` has passed, without a change of its row. */
function chargeColumns(db: TenantDb) {
  return { ...columns, is_settled: db.raw<boolean>(`coalesce(settles_at <= ${db.now}, false)`) };
}

function findCharge(db: TenantDb, gatewayId: string, id: string) {
  const charges = db.from('sandbox_charges').where({ id: objectId(id), gateway_id: gatewayId });
  return selectRow(charges, chargeColumns(db));
}

type Charge = NonNullable<Awaited<ReturnType<typeof findCharge>>>;

async function lockCharge(db: TenantDb, gatewayId: string, id: string): Promise<Charge> {
  return existing(await findCharge(db, gatewayId, id).forUpdate());
}

function stateOf(charge: Charge): ChargeState {
  const { id, method_id, amount_cents, failure_code, charged_back_cents, is_settled } = charge;
  const isProcessing = charge.status === 'processing';
  const result = failure_code === null ? 'succeeded' : 'failed';
  const status = isProcessing && is_settled ? result : charge.status;
  return {
    chargeId: id,
    status,
    received: status === 'succeeded' ? amount_cents : 0n,
    methodId: method_id,
    chargedBack: charged_back_cents,
    ...(status === 'failed' && failure_code !== null && { failure: failureOf(failure_code) }),
  };
}

function failureOf(code: string): ChargeFailure {
  return { code, ...failures[code]! };
}
