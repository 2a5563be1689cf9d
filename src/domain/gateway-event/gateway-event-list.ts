import { column, pick, selectRow, type RowOf } from '../../database/columns.ts';
import { manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { wakeAfterCommit } from '../../database/queue.ts';
import { tables, type Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { joinGateway } from '../gateway/gateway-queries.ts';
import { gatewayEventQueue } from '../gateway/gateway-events.ts';

export type GatewayEventState = Row<'gateway_events'>['state'];

export const gatewayEventStates = tables.gateway_events.state;

const columns = {
  ...pick('gateway_events as e', 'id', 'type', 'state', 'reason', 'received_at'),
  service: column('gateways as g', 'service'),
};

export type ListedGatewayEvent = RowOf<typeof columns>;

/** What payment services have sent, latest first. */
export const gatewayEventList = list({
  from: 'gateway_events as e',
  join: joinGateway,
  columns: () => columns,
  // Ids are ordered by the time of arrival.
  orders: { received: { columns: ['e.id'], fields: ['id'] } },
  defaultSort: '-received',
  filters: { state: manyOf(gatewayEventStates, 'e.state') },
});

export function findGatewayEvent(db: TenantDb, id: string) {
  const events = db.from('gateway_events as e').where('e.id', id);
  joinGateway(events);
  return selectRow(events, {
    ...columns,
    ...pick('gateway_events as e', 'event_id', 'object_id', 'reference', 'attempts', 'sent_at', 'due_at'),
    mode: column('gateways as g', 'mode'),
  });
}

/**
 * Returns false for an event that has not failed.
 *
 * @throws {NotFound}
 */
export async function retryGatewayEvent(db: TenantDb, actor: Actor, id: string): Promise<boolean> {
  const { type } = found(await findGatewayEvent(db, id));
  const updated = await db
    .from('gateway_events')
    .where({ id, state: 'failed' })
    .update({ state: 'received', due_at: db.raw('now()') });
  if (updated === 0) return false;
  wakeAfterCommit(db, gatewayEventQueue);
  recordAudit(db, actor, {
    event: 'gateway_event.retried',
    target: { type: 'gateway_event', id, name: type },
  });
  return true;
}
