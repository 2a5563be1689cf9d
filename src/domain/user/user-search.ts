import { truncate } from '../../truncate.ts';
import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import { MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import { idsContaining } from '../../database/substring-search.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Row } from '../../database/tables.ts';
import { normaliseName } from '../text/normalise.ts';
import { normalisePhone } from '../text/phone-number.ts';

const MIN_SUBSTRING_LENGTH = 3;

/** Appended to a prefix, the upper bound of the strings that begin with it. */
const LAST_CHARACTER = '\u{10ffff}';

const MAX_TERM_LENGTH = 100;

/** Removes leading zeros of a phone number: numbers stored with a country code do not contain them. */
export function searchTerm(q: string): string {
  const digits = normalisePhone(q);
  const isPhone = /^[+\d][\d\s().\-/]*$/.test(q) && digits.length >= MIN_SUBSTRING_LENGTH;
  return isPhone ? truncate(digits.replace(/^0+(?=\d{3})/, ''), MAX_TERM_LENGTH) : nameTerm(q);
}

/** Matches names and email addresses. */
export function nameTerm(q: string): string {
  return truncate(normaliseName(q), MAX_TERM_LENGTH);
}

/** Returns ids of both audiences, but a query of one or two letters matches prefixes of customers only. */
export function findMatchingUserIds(db: TenantDb, q: string): Knex.Raw | undefined {
  const term = searchTerm(q);
  if (isSubstringSearch(term)) return idsContaining(db, { table: 'users', term });
  return findUserIdsByPrefix(db, term, ['customer']);
}

/** The newest first. Undefined without a term. */
export function findUserIdsByPrefix(
  db: TenantDb,
  term: string,
  audiences: readonly Row<'users'>['audience'][] = ['customer', 'staff'],
): Knex.Raw | undefined {
  if (term === '') return undefined;
  // A union uses the indexes; with "or" the planner may scan all users in list order.
  const ranges = audiences.flatMap((audience) =>
    ['email_norm', 'name_norm'].map((column) => idsByPrefix(db, audience, column, term)),
  );
  const union = ranges.map(() => '?').join(' union ');
  return db.raw(`select id from (${union}) as either order by id desc limit ?`, [
    ...ranges,
    MAX_SEARCH_RESULTS,
  ]);
}

function idsByPrefix(
  db: TenantDb,
  audience: Row<'users'>['audience'],
  column: string,
  term: string,
): Knex.QueryBuilder {
  const range = db
    .visible('users')
    .where({ audience })
    .where(column, '>=', term)
    .where(column, '<', term + LAST_CHARACTER)
    .orderBy([column, 'id'])
    .limit(MAX_SEARCH_RESULTS);
  return selectRows(range, pick('users', 'id'));
}

export function isSubstringSearch(term: string): boolean {
  return Array.from(term).length >= MIN_SUBSTRING_LENGTH;
}
