import { pick, selectRow } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import { whereClaimed, type Claimed } from '../../database/queue.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { refreshMethod } from '../payment-method/refresh-method.ts';
import { completeMethod } from '../payment-method/complete-method.ts';
import { readRefund } from '../payment/refund-payment.ts';
import { readPayment } from '../payment/read-payment.ts';
import type { ChargeDeps } from './charge-deps.ts';
import { gatewayEventQueue } from './gateway-events.ts';

const UNKNOWN_MS = 3_600_000;
const FAILED_MS = 24 * 3_600_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;

const columns = pick(
  'gateway_events',
  'id',
  'gateway_id',
  'type',
  'object_id',
  'received_at',
  'attempts',
  'state',
);

/** Reads the object that the event names: what the event itself says is not applied. */
export async function processEvent(deps: ChargeDeps, tenantId: string, claimed: Claimed): Promise<void> {
  const event = await inTenant(deps.database, tenantId, (db) =>
    selectRow(whereClaimed(db, gatewayEventQueue, claimed), columns),
  );
  if (event?.state !== 'received') return;
  const age = Date.now() - event.received_at.getTime();
  const store = (values: NewRow<'gateway_events'>) => finish(deps, tenantId, claimed, values);
  const attempts = event.attempts + 1;
  const due_at = new Date(Date.now() + Math.min(FIRST_RETRY_MS * 2 ** event.attempts, LONGEST_RETRY_MS));
  try {
    const read = await inTenant(deps.database, tenantId, (db) => findSubject(db, event));
    if (read) {
      await read(deps, tenantId);
      return await store({ state: 'done', attempts, due_at: null });
    }
    // It may name an object whose id is about to be stored.
    const isTooOld = age > UNKNOWN_MS;
    await store(
      isTooOld
        ? { state: 'ignored', reason: 'The object is unknown', attempts, due_at: null }
        : { attempts, due_at },
    );
  } catch (error) {
    const isFinal = age > FAILED_MS;
    if (isFinal) deps.log.error({ err: error, event: event.id, tenant: tenantId }, 'a gateway event failed');
    const reason = error instanceof Error ? error.message : 'Unknown error';
    await store(isFinal ? { state: 'failed', reason, attempts, due_at: null } : { reason, attempts, due_at });
  }
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

/** What the id of the object belongs to. */
async function findSubject(
  db: TenantDb,
  { gateway_id, object_id }: { gateway_id: string; object_id: string | null },
): Promise<Read | undefined> {
  if (object_id === null) return undefined;
  const payments = db
    .from('payments')
    .where({ gateway_id })
    .whereRaw('(gateway_object_id = ? or gateway_session_id = ?)', [object_id, object_id]);
  const payment = await selectRow(payments, pick('payments', 'id', 'direction'));
  if (payment?.direction === 'out') return (deps, tenantId) => readRefund(deps, tenantId, payment.id);
  if (payment) return (deps, tenantId) => readPayment(deps, tenantId, payment.id);
  const methods = db
    .from('payment_methods')
    .where({ gateway_id })
    .whereRaw('(external_id = ? or gateway_session_id = ?)', [object_id, object_id]);
  const method = await selectRow(methods, pick('payment_methods', 'id', 'status', 'gateway_session_id'));
  if (!method) return undefined;
  return method.status === 'adding'
    ? (deps, tenantId) => completeMethod(deps, tenantId, method.id).then(() => undefined)
    : (deps, tenantId) => refreshMethod(deps, tenantId, method.id);
}
