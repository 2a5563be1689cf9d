import { asPlatform } from '../../src/database/as-platform.ts';
import { newId } from '../../src/database/new-id.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { auditRow, type AuditEntry } from '../../src/domain/audit/record-audit.ts';
import type { TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';

export interface AuditRow {
  actor_name: string | null;
  target_name: string | null;
  changes: Record<string, unknown>;
}

/** The rows of a tenant's audit log with one event, oldest first. */
export async function findAuditEvents(
  portal: Pick<TestPortal, 'owner'>,
  tenant: Pick<TestTenant, 'id'>,
  event: string,
): Promise<AuditRow[]> {
  const { rows } = await portal.owner.query<AuditRow>(
    `select actor_name, target_name, changes from audit_events
     where tenant_id = $1 and event = $2 order by at, id`,
    [tenant.id, event],
  );
  return rows;
}

interface RecordedEvent {
  event: string;
  actor_name: string | null;
  changes: Record<string, unknown>;
}

/** The audit events of one target, oldest first. */
export function findEventsOf(portal: TestPortal, targetId: string): Promise<RecordedEvent[]> {
  const text = 'select event, actor_name, changes from audit_events where target_id = $1 order by id';
  return sql<RecordedEvent>(portal, text, [targetId]);
}

/** The names of the audit events of one target, oldest first. */
export async function findEventNamesOf(portal: TestPortal, targetId: string): Promise<string[]> {
  return (await findEventsOf(portal, targetId)).map(({ event }) => event);
}

const BATCH_SIZE = 1_000;

/** Inserts equal events, one millisecond apart. */
export async function insertAuditEvents(
  portal: Pick<TestPortal, 'database'>,
  tenant: Pick<TestTenant, 'id'>,
  { actor, entry, events = 1, minutesAgo }: EventsToInsert,
): Promise<void> {
  const first = Date.now() - minutesAgo * 60_000;
  const rows = Array.from({ length: events }, (_, n) => ({
    ...auditRow(actor, entry),
    id: newId(first + n),
    at: new Date(first + n),
  }));
  await asPlatform(portal.database, async (db) => {
    for (let from = 0; from < rows.length; from += BATCH_SIZE)
      await db.tenant(tenant.id).insertInto('audit_events', rows.slice(from, from + BATCH_SIZE));
  });
}

interface EventsToInsert {
  actor: Actor;
  entry: AuditEntry;
  events?: number;
  minutesAgo: number;
}
