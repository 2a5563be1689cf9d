import { pick, selectRow } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import { isId } from '../../database/new-id.ts';
import { whereClaimed, type Claimed } from '../../database/queue.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { refreshMethod } from '../payment-method/refresh-method.ts';
import { completeMethod } from '../payment-method/complete-method.ts';
import { updatePayment } from '../payment/gateway-payment.ts';
import { readRefund } from '../payment/refund-payment.ts';
import { readPayment } from '../payment/read-payment.ts';
import type { ChargeDeps } from './charge-deps.ts';
import { gatewayEventQueue } from './gateway-events.ts';

const UNKNOWN_MS = 3_600_000;
const FAILED_MS = 24 * 3_600_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;

const columns = (db: TenantDb) => ({
  ...pick('gateway_events', 'id', 'gateway_id', 'type', 'object_id', 'reference', 'attempts', 'state'),
  age_ms: db.raw<number>('cast(extract(epoch from now() - received_at) * 1000 as float8)'),
});

/** Reads the object that the event names: what the event itself says is not applied. */
export async function processEvent(deps: ChargeDeps, tenantId: string, claimed: Claimed): Promise<void> {
  const event = await inTenant(deps.database, tenantId, (db) =>
    selectRow(whereClaimed(db, gatewayEventQueue, claimed), columns(db)),
  );
  if (event?.state !== 'received') return;
  const attempts = event.attempts + 1;
  const store = (values: NewRow<'gateway_events'>) =>
    finish(deps, tenantId, claimed, { attempts, ...values });
  const retry = (reason: string) => postpone(deps, tenantId, claimed, { attempts, reason });
  try {
    const read = await inTenant(deps.database, tenantId, (db) => findSubject(db, event));
    await read?.(deps, tenantId);
    if (read) return await store({ state: 'done', due_at: null });
    // It may name an object whose id is about to be stored.
    if (event.age_ms <= UNKNOWN_MS) return await retry(UNKNOWN_OBJECT);
    await store({ state: 'ignored', reason: UNKNOWN_OBJECT, due_at: null });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'Unknown error';
    if (event.age_ms <= FAILED_MS) return retry(reason);
    deps.log.error({ err: error, event: event.id, tenant: tenantId }, 'a gateway event failed');
    await store({ state: 'failed', reason, due_at: null });
  }
}

const UNKNOWN_OBJECT = 'The object is unknown';

function postpone(
  deps: ChargeDeps,
  tenantId: string,
  claimed: Claimed,
  { attempts, reason }: { attempts: number; reason: string },
): Promise<void> {
  const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_RETRY_MS);
  return inTenant(deps.database, tenantId, (db) => {
    const due_at = db.raw<Date>(`now() + interval '${wait} milliseconds'`);
    db.defer(whereClaimed(db, gatewayEventQueue, claimed).update({ attempts, reason, due_at }));
  });
}

function finish(
  { database }: ChargeDeps,
  tenantId: string,
  claimed: Claimed,
  values: NewRow<'gateway_events'>,
): Promise<void> {
  return inTenant(database, tenantId, (db) => {
    db.defer(whereClaimed(db, gatewayEventQueue, claimed).update(values));
  });
}

type Read = (deps: ChargeDeps, tenantId: string) => Promise<void>;

interface Subject {
  gateway_id: string;
  type: string;
  object_id: string | null;
  reference: string | null;
}

/** What the id of the object belongs to, or if it is not stored yet, what we have called it. */
async function findSubject(db: TenantDb, event: Subject): Promise<Read | undefined> {
  const { gateway_id, object_id } = event;
  if (object_id === null) return undefined;
  const payments = db
    .from('payments')
    .where({ gateway_id })
    .whereRaw('(gateway_object_id = ? or gateway_session_id = ?)', [object_id, object_id]);
  const payment = await selectRow(payments, pick('payments', 'id', 'direction'));
  if (payment) return readerOf(payment);
  const methods = db
    .from('payment_methods')
    .where({ gateway_id })
    .whereRaw('(external_id = ? or gateway_session_id = ?)', [object_id, object_id]);
  const method = await selectRow(methods, pick('payment_methods', 'id', 'status'));
  if (!method) return findReferenced(db, event);
  return method.status === 'adding'
    ? (deps, tenantId) => completeMethod(deps, tenantId, method.id).then(() => undefined)
    : (deps, tenantId) => refreshMethod(deps, tenantId, method.id);
}

function readerOf({ id, direction }: { id: string; direction: 'in' | 'out' }): Read {
  return direction === 'out'
    ? (deps, tenantId) => readRefund(deps, tenantId, id)
    : (deps, tenantId) => readPayment(deps, tenantId, id);
}

/** A refund whose response was lost gets its id from the event. */
async function findReferenced(
  db: TenantDb,
  { gateway_id, type, object_id, reference }: Subject,
): Promise<Read | undefined> {
  if (reference === null || !isId(reference)) return undefined;
  const payments = db.from('payments').where({ id: reference, gateway_id });
  const payment = await selectRow(payments, pick('payments', 'id', 'direction', 'gateway_object_id'));
  if (!payment) return undefined;
  const isLostRefund =
    payment.direction === 'out' && payment.gateway_object_id === null && type.startsWith('refund.');
  if (isLostRefund) updatePayment(db, payment.id, { gateway_object_id: object_id });
  return readerOf(payment);
}
