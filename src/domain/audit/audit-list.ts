import type { Knex } from 'knex';
import { dateRange, oneOf } from '../../database/list-filters.ts';
import { list, type Columns } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import type { Actor } from '../actor.ts';
import { auditEvents, type AuditEvent } from './audit.ts';

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

const columns: Columns<ListedAuditEvent> = {
  id: 'a.id',
  at: 'a.at',
  at_text: (db) => db.raw('a.at::text'),
  event: 'a.event',
  actor_kind: 'a.actor_kind',
  actor_id: 'a.actor_id',
  actor_name: 'a.actor_name',
  target_type: 'a.target_type',
  target_id: 'a.target_id',
  target_name: 'a.target_name',
  target_audience: 'p.audience',
  outcome: 'a.outcome',
  changes: 'a.changes',
  ip: 'a.ip',
};

export const auditList = list({
  from: 'audit_events as a',
  join: (events) => events.leftJoin('users as p', { 'p.tenant_id': 'a.tenant_id', 'p.id': 'a.target_id' }),
  columns,
  // The order of the primary key, so that the newest rows are read without sorting.
  orders: { at: { columns: ['a.at', 'a.id'], fields: ['at_text', 'id'] } },
  defaultSort: '-at',
  filters: {
    event: oneOf(Object.keys(auditEvents) as AuditEvent[], 'a.event'),
    ...dateRange('a.at'),
  },
  search: (events, q, db) => void events.whereIn('a.actor_id', matchingUsers(db, q) as never),
});

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
