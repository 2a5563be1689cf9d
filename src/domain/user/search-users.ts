import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normalName, normalPhone } from '../text/normalise.ts';

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

/**
 * The ids of the people who contain the words, of either audience and latest first; of one or two letters, of the
 * customers whose name or address begins with them. Never more than {@link MOST_FOUND}.
 */
export function foundBy(db: TenantDb, q: string): Knex.Raw {
  const term = searchTerm(q);
  if (term === '') return db.raw('select null::uuid as id where false');
  if (isContained(term))
    return db.raw('select search_users(?::uuid, ?, ?) as id', [db.tenantId, term, MOST_FOUND]);
  // Each by its own index: with "or" the planner may walk through everybody in the order of the list instead.
  const beginnings = ['email_norm', 'name_norm'].map((column) => beginningWith(db, column, term));
  return db.raw('select id from (? union ?) as either order by id desc limit ?', [
    ...beginnings,
    MOST_FOUND,
  ] as never);
}

function beginningWith(db: TenantDb, column: string, term: string): Knex.QueryBuilder {
  const range = db.from('users').where('audience', 'customer').where(column, '>=', term);
  return range
    .where(column, '<', term + LAST)
    .orderBy([column, 'id'])
    .limit(MOST_FOUND)
    .select('id');
}

/** Narrows a list of `users as u` to what `q` has found. */
export function searchUsers(users: Knex.QueryBuilder, q: string, found: Knex.Raw): void {
  // As an array: a function's rows are guessed to be a thousand, and for those the planner walks the whole index.
  if (searchTerm(q) !== '') users.whereRaw('u.id = any(array(?))', [found]);
}

/** Whether it is looked for anywhere, and no further than {@link MOST_FOUND}. */
function isContained(term: string): boolean {
  return Array.from(term).length >= SHORTEST_CONTAINED;
}
