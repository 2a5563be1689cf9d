import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit, type Queue } from '../../database/queue.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { takeSwitch } from './switches.ts';

export const sandboxEventQueue: Queue<'sandbox_events'> = { table: 'sandbox_events', leaseSeconds: 60 };

export interface NewEvent {
  type: string;
  subject_kind: Row<'sandbox_events'>['subject_kind'];
  subject_id: string;
  reference: string | null;
  /** Seconds until it happens. */
  happensIn?: number;
}

const DELAY_SECONDS = 60;
/** Events of the next change overtake it. */
const OUT_OF_ORDER_SECONDS = 10;

export const SESSION_MINUTES = 30;

const EXPIRED = 'session.expired';

/** The event of a page that is left. It is sent earlier if the page is closed. */
export function queueExpiry(
  db: TenantDb,
  gateway_id: string,
  { sessionId: subject_id, reference }: { sessionId: string; reference: string },
): void {
  const due_at = db.raw<Date>(`now() + interval '${SESSION_MINUTES} minutes'`);
  const event = { id: newId(), gateway_id, type: EXPIRED, subject_kind: 'session', subject_id } as const;
  db.defer(db.insertInto('sandbox_events', { ...event, reference, due_at }));
}

export async function sendExpiry(db: TenantDb, sessionId: string): Promise<void> {
  await expiryOf(db, sessionId).update({ due_at: db.raw('now()') });
  wakeAfterCommit(db, sandboxEventQueue);
}

export async function cancelExpiry(db: TenantDb, sessionId: string): Promise<void> {
  await expiryOf(db, sessionId).delete();
}

function expiryOf(db: TenantDb, sessionId: string) {
  return db
    .from('sandbox_events')
    .where({ subject_kind: 'session', subject_id: sessionId, type: EXPIRED })
    .whereNotNull('due_at');
}

/** The events of one change. A switch applies to all of them. */
export async function queueEvents(
  db: TenantDb,
  gatewayId: string,
  events: readonly NewEvent[],
): Promise<void> {
  const behaviour = await takeSwitch(db, gatewayId, 'event');
  if (behaviour === 'never') return;
  const ordered = behaviour === 'out-of-order' ? events.toReversed() : events;
  const wait =
    behaviour === 'delay' ? DELAY_SECONDS : behaviour === 'out-of-order' ? OUT_OF_ORDER_SECONDS : 0;
  const rows = ordered.map(({ happensIn = 0, ...event }, position) => ({
    id: newId(),
    gateway_id: gatewayId,
    ...event,
    deliveries: behaviour === 'twice' ? 2 : 1,
    due_at: db.raw<Date>(`now() + interval '${(wait + happensIn) * 1000 + position} milliseconds'`),
  }));
  await db.insertInto('sandbox_events', rows);
  wakeAfterCommit(db, sandboxEventQueue);
}
