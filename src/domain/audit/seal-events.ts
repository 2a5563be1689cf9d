import type { PlatformDb } from '../../database/as-platform.ts';
import { BEGINNING, eventColumns, hashOf, rootOf, sealColumns, type Seal } from './audit-chain.ts';

type Event = { at: string; id: string };

/** No transaction may last this long, so no row appears later among those that are sealed. */
export const SETTLED = `now() - interval '5 minutes'`;

const MOST_EVENTS = 5_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Events after a seal's last one (or from the beginning), in the order of the chain. */
export async function eventsAfter(
  db: PlatformDb,
  tenantId: string,
  seal: Pick<Seal, 'to_at' | 'to_id'> | undefined,
  { until = SETTLED, limit = MOST_EVENTS }: { until?: string; limit?: number } = {},
): Promise<Event[]> {
  const { rows } = (await db.knex.raw(
    `select ${eventColumns} from audit_events e
     where e.tenant_id = ? and (e.at, e.id) > (?::timestamptz, ?::uuid) and e.at < ${until}
     order by e.at, e.id limit ?`,
    [tenantId, seal?.to_at ?? '-infinity', seal?.to_id ?? NO_ID, limit],
  )) as { rows: Event[] };
  return rows;
}

export async function findLastSeal(db: PlatformDb, tenantId: string): Promise<Seal | undefined> {
  const { rows } = (await db.knex.raw(
    `select ${sealColumns} from audit_seals where tenant_id = ? order by number desc limit 1`,
    [tenantId],
  )) as { rows: Seal[] };
  return rows[0];
}

/**
 * Adds one link to a tenant's chain; undefined when nothing new has settled, or when another process has just added
 * the same link.
 */
export async function sealEvents(
  db: PlatformDb,
  tenantId: string,
  secretKey: string,
): Promise<Seal | undefined> {
  const last = await findLastSeal(db, tenantId);
  const events = await eventsAfter(db, tenantId, last);
  if (events.length === 0) return undefined;
  const unsigned = {
    tenant_id: tenantId,
    number: (last?.number ?? 0) + 1,
    from_at: events[0]!.at,
    to_at: events.at(-1)!.at,
    to_id: events.at(-1)!.id,
    events: events.length,
    root: rootOf(events),
    previous_hash: last?.hash ?? BEGINNING,
  };
  const seal = { ...unsigned, hash: hashOf(unsigned, secretKey) };
  const inserted = await db
    .from('audit_seals')
    .insert(seal)
    .onConflict(['tenant_id', 'number'])
    .ignore()
    .returning('number');
  return inserted.length > 0 ? seal : undefined;
}
