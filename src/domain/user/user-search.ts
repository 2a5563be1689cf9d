import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import { normalisePhone } from '../text/phone-number.ts';

export const MAX_SEARCH_RESULTS = 200;

const MIN_SUBSTRING_LENGTH = 3;

/** Appended to a prefix, the upper bound of the strings that begin with it. */
const LAST_CHARACTER = '\u{10ffff}';

/** Removes leading zeros of a phone number: numbers stored with a country code do not contain them. */
export function searchTerm(q: string): string {
  const digits = normalisePhone(q);
  const isPhone = /^[+\d][\d\s().\-/]*$/.test(q) && digits.length >= MIN_SUBSTRING_LENGTH;
  const term = isPhone ? digits.replace(/^0+(?=\d{3})/, '') : normaliseName(q);
  return Array.from(term).slice(0, 100).join('');
}

/** Returns ids of both audiences, but a query of one or two letters matches prefixes of customers only. */
export function matchingUserIds(db: TenantDb, q: string): Knex.Raw {
  const term = searchTerm(q);
  if (term === '') return db.raw('select null::uuid as id where false');
  if (isSubstringSearch(term))
    return db.raw('select search_users(?::uuid, ?, ?) as id', [db.tenantId, term, MAX_SEARCH_RESULTS]);
  // A union uses both indexes; with "or" the planner may scan all users in list order.
  const byPrefix = ['email_norm', 'name_norm'].map((column) => idsByPrefix(db, column, term));
  return db.raw('select id from (? union ?) as either order by id desc limit ?', [
    ...byPrefix,
    MAX_SEARCH_RESULTS,
  ]);
}

export function whereMatching(users: Knex.QueryBuilder, q: string, found: Knex.Raw): void {
  // An array: for a set-returning function the planner estimates 1,000 rows and would scan the whole index.
  if (searchTerm(q) !== '') users.whereRaw('u.id = any(array(?))', [found]);
}

function idsByPrefix(db: TenantDb, column: string, term: string): Knex.QueryBuilder {
  const range = db
    .visible('users')
    .where('audience', 'customer')
    .where(column, '>=', term)
    .where(column, '<', term + LAST_CHARACTER)
    .orderBy([column, 'id'])
    .limit(MAX_SEARCH_RESULTS);
  return selectRows(range, pick('users', 'id'));
}

function isSubstringSearch(term: string): boolean {
  return Array.from(term).length >= MIN_SUBSTRING_LENGTH;
}
