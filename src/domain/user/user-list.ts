import type { Knex } from 'knex';
import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import { paginate, limitCount, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { matchingUserIds, whereMatching } from './user-search.ts';

export type UserFilters = Partial<Record<'view' | 'status' | 'access' | 'company', string>>;

/** Each order has an index. Ids are ordered by creation time. */
export const userOrders = {
  created: { columns: ['u.id'], fields: ['id'] },
  name: { columns: ['u.name_norm', 'u.id'], fields: ['name_norm', 'id'] },
  email: { columns: ['u.email_norm', 'u.id'], fields: ['email_norm', 'id'] },
} as const;

export const userViews: Record<string, (users: Knex.QueryBuilder) => void> = {
  'not-activated': (users) => users.whereNot('u.access', 'active'),
  'not-verified': (users) => users.whereNull('u.email_verified_at'),
  disabled: (users) => users.where('u.status', 'disabled'),
};

export const accessFilters: Record<string, (users: Knex.QueryBuilder) => void> = {
  no_access: (users) => users.where('u.access', 'no_access'),
  invited: (users) => users.where('u.access', 'invited').whereRaw(NOT_EXPIRED),
  opened: (users) => users.where('u.access', 'opened').whereRaw(NOT_EXPIRED),
  expired: (users) =>
    users.whereIn('u.access', ['invited', 'opened']).whereRaw('u.access_expires_at < now()'),
  bounced: (users) => users.where('u.access', 'bounced'),
  active: (users) => users.where('u.access', 'active'),
  revoked: (users) => users.where('u.access', 'revoked'),
};

const NOT_EXPIRED = '(u.access_expires_at is null or u.access_expires_at >= now())';

const FIRST_COMPANIES = `(select coalesce(json_agg(first_three), '[]') from (
  select c.id, c.name from memberships m
  join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
  where m.tenant_id = ? and m.user_id = u.id order by c.name_norm limit 3) as first_three)`;

const listColumns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'name_norm', 'email', 'email_norm', 'email_verified_at', 'status'),
  ...pick('users as u', 'access', 'access_expires_at', 'last_login_at', 'created_at'),
  companies: db.raw<{ id: string; name: string }[]>(FIRST_COMPANIES, [db.tenantId]),
});

export type ListedUser = RowOf<ReturnType<typeof listColumns>>;

export function listUsers(
  db: TenantDb,
  search: { q: string; filters: UserFilters },
  order: Order,
  page: { place: PagePosition | null; size: number },
) {
  const users = filteredUsers(db, search, matchingUserIds(db, search.q));
  return paginate(selectRows(users, listColumns(db)), order, page);
}

/** `count` is after search and filters; `found` is after the search only, at most MAX_SEARCH_RESULTS. */
export function countUsers(
  db: TenantDb,
  search: { q: string; filters: UserFilters },
): ConvertedRead<{ count: number; found: number }> {
  const counted = limitCount(db, filteredUsers(db, search, db.raw('select id from found')));
  const counts = db.raw<{ rows: { count: number; found: number }[] }>(
    `with found as materialized (?)
     select count(*)::int as count, (select count(*) from found)::int as found from ? as counted`,
    [matchingUserIds(db, search.q), counted],
  );
  return convertRead(counts, ({ rows }) => rows[0]!);
}

function filteredUsers(
  db: TenantDb,
  { q, filters }: { q: string; filters: UserFilters },
  found: Knex.Raw,
): Knex.QueryBuilder {
  const users = db.from('users as u').where('u.audience', 'customer');
  whereMatching(users, q, found);
  userViews[filters.view ?? '']?.(users);
  accessFilters[filters.access ?? '']?.(users);
  if (filters.status) users.where('u.status', filters.status);
  if (filters.company) {
    users.whereExists(
      db
        .from('memberships as member')
        .whereRaw('member.user_id = u.id')
        .where('member.company_id', filters.company),
    );
  }
  return users;
}
