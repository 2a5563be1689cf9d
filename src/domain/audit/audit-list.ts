import type { Knex } from 'knex';
import { column, nullable, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import { dateRange, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import { auditEvents, type AuditEvent } from './audit.ts';

const columns = (db: TenantDb) => ({
  ...pick('audit_events as a', 'id', 'at', 'actor_kind', 'actor_id', 'actor_name', 'outcome'),
  ...pick('audit_events as a', 'target_type', 'target_id', 'target_name', 'ip'),
  event: column('audit_events as a', 'event') as Column<AuditEvent>,
  changes: column('audit_events as a', 'changes') as Column<Record<string, unknown>>,
  target_audience: nullable(column('users as p', 'audience')),
  /** Text, because a Date has no microseconds. The page cursor. */
  at_text: db.raw<string>('a.at::text'),
});

export type ListedAuditEvent = RowOf<ReturnType<typeof columns>>;

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
  search: (events, q, db) => void events.whereIn('a.actor_id', matchingUsers(db, q)),
});

const MAX_MATCHING_USERS = 200;

function matchingUsers(db: TenantDb, prefix: string): Knex.QueryBuilder {
  const from = Array.from(normaliseName(prefix)).slice(0, 100).join('');
  const to = `${from}\u{10ffff}`;
  const users = db
    .visible('users as u')
    .where((either) =>
      either
        .where((name) => name.where('u.name_norm', '>=', from).where('u.name_norm', '<', to))
        .orWhere((email) => email.where('u.email_norm', '>=', from).where('u.email_norm', '<', to)),
    )
    .limit(MAX_MATCHING_USERS);
  return selectRows(users, pick('users as u', 'id'));
}
