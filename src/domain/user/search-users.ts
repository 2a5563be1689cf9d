import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normalName, normalPhone } from './normal-name.ts';

/** The search function looks no further; whoever searches is told. */
export const MOST_FOUND = 200;

const SHORTEST_CONTAINED = 3;

/** Sorts behind everything that begins with the text before it. */
const LAST = '\u{10ffff}';

/**
 * What is looked for: names without accents and case, or the digits of what looks like a phone number, whose leading
 * zero is not there when it is stored with its country.
 */
export function searchTerm(q: string): string {
  const digits = normalPhone(q);
  const isPhone = /^[+\d][\d\s().\-/]*$/.test(q) && digits.length >= SHORTEST_CONTAINED;
  const term = isPhone ? digits.replace(/^0+(?=\d{3})/, '') : normalName(q);
  return Array.from(term).slice(0, 100).join('');
}

/** Narrows a list of `users as u` to what `q` finds: anywhere in name, address and phone, or their beginnings when short. */
export function searchUsers(db: TenantDb, users: Knex.QueryBuilder, q: string): void {
  const term = searchTerm(q);
  if (term === '') return;
  if (isContained(term)) {
    users.joinRaw('join search_users(?::uuid, ?, ?) as found(id) on found.id = u.id', [
      db.tenantId,
      term,
      MOST_FOUND,
    ]);
    return;
  }
  users.where((either) => {
    for (const column of ['u.email_norm', 'u.name_norm'])
      void either.orWhere((range) => range.where(column, '>=', term).where(column, '<', term + LAST));
  });
}

/** How many people of either audience contain the words: {@link MOST_FOUND} when there may be more. */
export function countFound(db: TenantDb, q: string): Knex.Raw<{ rows: { count: number }[] }> {
  const term = searchTerm(q);
  return db.raw(
    isContained(term)
      ? 'select count(*)::int as count from search_users(?::uuid, ?, ?)'
      : 'select 0 as count where ?::uuid is not null and ? <> ? and false',
    [db.tenantId, term, MOST_FOUND],
  ) as unknown as Knex.Raw<{ rows: { count: number }[] }>;
}

function isContained(term: string): boolean {
  return Array.from(term).length >= SHORTEST_CONTAINED;
}
