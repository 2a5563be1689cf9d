import type { Knex } from 'knex';
import { pick, selectRows } from './columns.ts';
import type { TenantDb } from './tenant-db.ts';

interface Search {
  table: 'users' | 'companies';
  /** Normalised as in the column `search_text`. */
  term: string;
  limit: number;
}

/** The ids of the newest rows that contain the term. */
export function idsContaining(db: TenantDb, search: Search): Knex.Raw {
  // The functions search the whole tenant: behind their limit, hidden rows would displace the visible ones.
  if (db.viewer.scope.kind === 'restricted') return visibleIdsContaining(db, search);
  const { table, term, limit } = search;
  return db.raw(`select search_${table}(?::uuid, ?, ?) as id`, [db.tenantId, term, limit]);
}

/** Without an index, because a restricted viewer sees few rows. */
function visibleIdsContaining(db: TenantDb, { table, term, limit }: Search): Knex.Raw {
  const rows = db
    .visible(`${table} as s`)
    .whereRaw('s.search_text like ?', [`%${term.replace(/[\\%_]/g, '\\$&')}%`])
    .orderBy('s.id', 'desc')
    .limit(limit);
  return db.raw('?', [selectRows(rows, pick(`${table} as s`, 'id'))]);
}
