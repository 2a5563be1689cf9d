import type { Knex } from 'knex';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from './audit.ts';

export interface ListedAuditEvent {
  id: string;
  at: Date;
  /** Text, because a Date has no microseconds. The page cursor. */
  at_text: string;
  event: AuditEvent;
  actor_kind: Actor['kind'];
  actor_id: string | null;
  /** Null if erased. */
  actor_name: string | null;
  target_type: string | null;
  target_id: string | null;
  target_name: string | null;
  target_audience: 'customer' | 'staff' | null;
  outcome: 'success' | 'failure';
  changes: Record<string, unknown>;
  ip: string | null;
}

export interface AuditFilter {
  who?: string | undefined;
  event?: string | undefined;
  /** First and last day, inclusive, in `time_zone`. */
  from?: string | undefined;
  to?: string | undefined;
  time_zone: string;
}

/** The order of the primary key, so that the newest rows are read without sorting. */
export const auditOrders = {
  at: { columns: ['a.at', 'a.id'], fields: ['at_text', 'id'] },
} as const;

export function listAuditEvents(
  db: TenantDb,
  filter: AuditFilter,
  order: Order,
  page: { place: PagePosition | null; size: number },
): Knex.QueryBuilder<ListedAuditEvent, ListedAuditEvent[]> {
  const events = filterEvents(db, filter)
    .select('a.id', 'a.at', 'a.event', 'a.actor_kind', 'a.actor_id', 'a.actor_name', 'a.outcome', 'a.changes')
    .select('a.target_type', 'a.target_id', 'a.target_name', 'a.ip')
    .select({ at_text: db.raw('a.at::text'), target_audience: 'p.audience' })
    .leftJoin('users as p', { 'p.tenant_id': 'a.tenant_id', 'p.id': 'a.target_id' });
  return paginate(events, order, page) as unknown as Knex.QueryBuilder<ListedAuditEvent, ListedAuditEvent[]>;
}

function filterEvents(db: TenantDb, { who, event, from, to, time_zone }: AuditFilter): Knex.QueryBuilder {
  const events = db.from('audit_events as a');
  if (event) void events.where('a.event', event);
  // Constant bounds let the planner skip the partitions of other months.
  if (from) void events.whereRaw('a.at >= (?::date)::timestamp at time zone ?', [from, time_zone]);
  if (to) void events.whereRaw('a.at < (?::date + 1)::timestamp at time zone ?', [to, time_zone]);
  if (who) void events.whereIn('a.actor_id', matchingUsers(db, who) as never);
  return events;
}

const MAX_MATCHING_USERS = 200;

function matchingUsers(db: TenantDb, prefix: string): Knex.QueryBuilder {
  const from = Array.from(normaliseName(prefix)).slice(0, 100).join('');
  const to = `${from}\u{10ffff}`;
  return db
    .from('users as u')
    .where((either) =>
      either
        .where((name) => name.where('u.name_norm', '>=', from).where('u.name_norm', '<', to))
        .orWhere((email) => email.where('u.email_norm', '>=', from).where('u.email_norm', '<', to)),
    )
    .limit(MAX_MATCHING_USERS)
    .select('u.id');
}
