import type { Knex } from 'knex';
import { column, nullable, pick, type Column, type RowOf } from '../../database/columns.ts';
import type { Recent } from '../../database/first-rows.ts';
import { dateRange, id, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { findMatchingUserIds } from '../user/user-search.ts';
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
    /** The id of a user, a company or another target. */
    object: id('a.target_id'),
    /** The id of a user: their events, and those of users who were merged into them. */
    user: id((events, userId, { db }) => aboutUser(db, events, userId)),
    ...dateRange('a.at'),
  },
  recent: findRecent,
  searchIds: { find: findMatchingUserIds, column: 'a.actor_id', isUnique: false },
});

/** Also about users who were merged into them. */
export function aboutUser(
  db: Pick<TenantDb, 'visible' | 'raw'>,
  events: Knex.QueryBuilder,
  userId: string,
): void {
  const former = db.visible('user_aliases as l').where('l.user_id', userId).select(db.raw('l.id'));
  void events.whereRaw('a.target_id = any(array(select ?::uuid union all ?))', [userId, former]);
}

/** The month of the page's first event, or this month for later ones, and the month before. */
interface GivenFilters {
  event?: AuditEvent;
  object?: string;
  user?: string;
  from?: string;
  to?: string;
}

function findRecent(
  db: TenantDb,
  { event, object, user, from, to }: GivenFilters,
  place: PagePosition | null,
): Recent | undefined {
  // A first day selects partitions itself; a function cannot know which events restricted staff see, and finds those
  // of one object.
  if (from !== undefined || user !== undefined || db.viewer.scope.kind === 'restricted') return undefined;
  const [last] = [new Date().toISOString(), to ?? [], place?.values[0] ?? []].flat().toSorted();
  const since = new Date(Date.UTC(Number(last!.slice(0, 4)), Number(last!.slice(5, 7)) - 2, 1)).toISOString();
  return {
    where: (events) => {
      void events.where('a.at', '>=', since);
      // The comparison of a row with the position selects no partitions.
      if (place) void events.where('a.at', '<=', place.values[0]!);
    },
    older: (maxRows, actorIds) =>
      db.raw('older_audit_events(?::uuid, ?, ?, ?, ?::uuid, ?)', [
        db.tenantId,
        since,
        event ?? null,
        actorIds,
        object ?? null,
        maxRows,
      ]),
  };
}
