import type { Knex } from 'knex';
import { pick, selectRows } from './columns.ts';
import { MAX_SEARCH_RESULTS } from './paginate.ts';
import type { TenantDb } from './tenant-db.ts';

/** As in the functions. */
const MIN_SUBSTRING_LENGTH = 3;

export type SearchedTable = 'users' | 'companies';

interface Search {
  table: SearchedTable;
  /** Words, separated by spaces, as in the column `search_text`. */
  term: string;
}

/**
 * The ids of the newest rows that contain every word of the term, at most MAX_SEARCH_RESULTS. One or two characters match
 * the beginning of a word.
 */
export function idsContaining(db: TenantDb, search: Search): Knex.Raw {
  // The functions search the whole tenant: behind their limit, hidden rows would displace the visible ones.
  if (db.viewer.scope.kind === 'restricted') return visibleIdsContaining(db, search);
  const { table, term } = search;
  return db.raw(`select search_${table}(?::uuid, ?, ?) as id`, [db.tenantId, term, MAX_SEARCH_RESULTS]);
}

/** Without an index, because a restricted viewer sees few rows. */
function visibleIdsContaining(db: TenantDb, { table, term }: Search): Knex.Raw {
  const rows = db.visible(`${table} as s`).orderBy('s.id', 'desc').limit(MAX_SEARCH_RESULTS);
  for (const word of term.split(' ')) void rows.whereRaw('s.search_text like ?', [patternOf(word)]);
  return db.raw('?', [selectRows(rows, pick(`${table} as s`, 'id'))]);
}

/** The ids of the newest rows whose address has the folded text, at the beginning of a word. */
export function idsInArea(db: TenantDb, table: SearchedTable, area: string): Knex.Raw {
  if (db.viewer.scope.kind !== 'restricted')
    return db.raw(`select search_${table}_by_area(?::uuid, ?, ?) as id`, [
      db.tenantId,
      area,
      MAX_SEARCH_RESULTS,
    ]);
  const rows = db.visible(`${table} as s`).orderBy('s.id', 'desc').limit(MAX_SEARCH_RESULTS);
  void rows.whereRaw(`' ' || s.address_norm like ?`, [areaPattern(area)]);
  return db.raw('?', [selectRows(rows, pick(`${table} as s`, 'id'))]);
}

export function areaPattern(area: string): string {
  return `% ${area.replace(/[\\%_]/g, '\\$&')}%`;
}

function patternOf(word: string): string {
  const isShort = Array.from(word).length < MIN_SUBSTRING_LENGTH;
  return `%${isShort ? ' ' : ''}${word.replace(/[\\%_]/g, '\\$&')}%`;
}
