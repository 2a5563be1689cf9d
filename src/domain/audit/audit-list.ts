import type { Knex } from 'knex';
import { column, nullable, pick, type Column, type RowOf } from '../../database/columns.ts';
import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import { dateRange, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { withOptionalFilters } from '../../database/prepared-statements.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { nameTerm, userIdsByPrefix } from '../user/user-search.ts';
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
  search: whereActorMatches,
});

function whereActorMatches(events: Knex.QueryBuilder, q: string, db: TenantDb): void {
  const term = nameTerm(q);
  if (term === '') return;
  const found = userIdsByPrefix(db, term);
  // Without rows in `found` no event is read.
  void events.whereRaw('exists (?)', [found]).whereRaw('a.actor_id = any(array(?))', [found]);
}

/** At most MAX_SEARCH_RESULTS. */
export function countMatchingActors(db: TenantDb, q: string): ConvertedRead<number> {
  const counts = db.raw<{ rows: { count: number }[] }>('select count(*)::int as count from (?) as found', [
    userIdsByPrefix(db, nameTerm(q)),
  ]);
  return convertRead(withOptionalFilters(counts), ({ rows }) => rows[0]!.count);
}
