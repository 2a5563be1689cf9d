import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit, type Queue } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { GatewayEvent } from './gateway.ts';

export const gatewayEventQueue: Queue<'gateway_events'> = { table: 'gateway_events', leaseSeconds: 120 };

/** Stores an event once. With a reason it is ignored. */
export async function storeEvent(
  db: TenantDb,
  gatewayId: string,
  event: GatewayEvent,
  ignoredBecause?: string,
): Promise<void> {
  await db
    .insertInto('gateway_events', {
      id: newId(),
      gateway_id: gatewayId,
      event_id: event.id,
      type: event.type,
      object_id: event.subject.id,
      reference: event.reference ?? null,
      sent_at: event.sentAt,
      ...(ignoredBecause !== undefined && { state: 'ignored', reason: ignoredBecause, due_at: null }),
    })
    .onConflict(['tenant_id', 'gateway_id', 'event_id'])
    .ignore();
  if (ignoredBecause === undefined) wakeAfterCommit(db, gatewayEventQueue);
}
