import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import { idsContaining, type SearchedTable } from '../../database/substring-search.ts';
import { MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** Appended to a prefix, the upper bound of the strings that begin with it. */
const LAST_CHARACTER = '\u{10ffff}';

const PREFIX_COLUMNS = { users: ['name_norm', 'email_norm'], companies: ['name_norm', 'code_norm'] } as const;

/**
 * Adds the rows that the backfill `fold-…` of the table has not reached, while it is not finished. Delete this file in
 * the release after the one that brought `fold()`.
 */
export function withFormerFolding(
  db: TenantDb,
  { table, q, term, found }: { table: SearchedTable; q: string; term: string; found: Knex.Raw },
): Knex.Raw {
  const formerTerm = formerFold(q);
  const words = formerTerm.split(' ');
  const longWords = words.filter((word) => word.length >= 3);
  if (formerTerm === '' || (formerTerm === term && longWords.length === words.length)) return found;
  const former =
    longWords.length > 0
      ? idsContaining(db, { table, term: longWords.join(' ') })
      : idsByPrefix(db, table, formerTerm);
  return db.raw(
    `select id from (? union (select id from (?) as former where exists (
       select from tasks where tenant_id = ? and kind = 'backfill' and due_at is not null and input->>'name' = ?))) as either
     order by id desc limit ?`,
    [found, former, db.tenantId, `fold-${table}`, MAX_SEARCH_RESULTS],
  );
}

function formerFold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

function idsByPrefix(db: TenantDb, table: SearchedTable, prefix: string): Knex.Raw {
  const ranges = PREFIX_COLUMNS[table].map((column) => {
    const rows = db
      .visible(table)
      .where(column, '>=', prefix)
      .where(column, '<', prefix + LAST_CHARACTER);
    return selectRows(rows.orderBy([column, 'id']).limit(MAX_SEARCH_RESULTS), pick(table, 'id'));
  });
  return db.raw('? union ?', ranges);
}
