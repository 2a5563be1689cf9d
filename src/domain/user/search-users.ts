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

/** The ids of the people of either audience who contain the words, latest first; none where their beginnings are looked for. */
export function foundBy(db: TenantDb, q: string): Knex.Raw {
  const term = searchTerm(q);
  if (!isContained(term)) return db.raw('select null::uuid as id where false');
  return db.raw('select search_users(?::uuid, ?, ?) as id', [db.tenantId, term, MOST_FOUND]);
}

/** Narrows a list of `users as u` to what `q` finds: anywhere in name, address and phone, or their beginnings when short. */
export function searchUsers(users: Knex.QueryBuilder, q: string, found: Knex.Raw): void {
  const term = searchTerm(q);
  if (term === '') return;
  if (isContained(term)) {
    // As an array: a function's rows are guessed to be a thousand, and for those the planner walks the whole index.
    users.whereRaw('u.id = any(array(?))', [found]);
    return;
  }
  users.where((either) => {
    for (const column of ['u.email_norm', 'u.name_norm'])
      void either.orWhere((range) => range.where(column, '>=', term).where(column, '<', term + LAST));
  });
}

/** Whether it is looked for anywhere, and no further than {@link MOST_FOUND}. */
function isContained(term: string): boolean {
  return Array.from(term).length >= SHORTEST_CONTAINED;
}
