import type { Knex } from 'knex';
import { column, nullable, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import { paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import type { AuditEvent } from './audit.ts';

const listColumns = (db: TenantDb) => ({
  ...pick('audit_events as a', 'id', 'at', 'actor_kind', 'actor_id', 'actor_name', 'outcome'),
  ...pick('audit_events as a', 'target_type', 'target_id', 'target_name', 'ip'),
  event: column('audit_events as a', 'event') as Column<AuditEvent>,
  changes: column('audit_events as a', 'changes') as Column<Record<string, unknown>>,
  target_audience: nullable(column('users as p', 'audience')),
  /** Text, because a Date has no microseconds. The page cursor. */
  at_text: db.raw<string>('a.at::text'),
});

export type ListedAuditEvent = RowOf<ReturnType<typeof listColumns>>;

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
) {
  const events = filterEvents(db, filter).leftJoin('users as p', {
    'p.tenant_id': 'a.tenant_id',
    'p.id': 'a.target_id',
  });
  return paginate(selectRows(events, listColumns(db)), order, page);
}

function filterEvents(db: TenantDb, { who, event, from, to, time_zone }: AuditFilter): Knex.QueryBuilder {
  const events = db.from('audit_events as a');
  if (event) void events.where('a.event', event);
  // Constant bounds let the planner skip the partitions of other months.
  if (from) void events.whereRaw('a.at >= (?::date)::timestamp at time zone ?', [from, time_zone]);
  if (to) void events.whereRaw('a.at < (?::date + 1)::timestamp at time zone ?', [to, time_zone]);
  if (who) void events.whereIn('a.actor_id', matchingUsers(db, who));
  return events;
}

const MAX_MATCHING_USERS = 200;

function matchingUsers(db: TenantDb, prefix: string): Knex.QueryBuilder {
  const from = Array.from(normaliseName(prefix)).slice(0, 100).join('');
  const to = `${from}\u{10ffff}`;
  const users = db
    .from('users as u')
    .where((either) =>
      either
        .where((name) => name.where('u.name_norm', '>=', from).where('u.name_norm', '<', to))
        .orWhere((email) => email.where('u.email_norm', '>=', from).where('u.email_norm', '<', to)),
    )
    .limit(MAX_MATCHING_USERS);
  return selectRows(users, pick('users as u', 'id'));
}
