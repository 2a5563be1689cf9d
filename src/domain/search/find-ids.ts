import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import { MAX_PREFIX_RESULTS, MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import {
  isPlainText,
  MAX_CANDIDATES,
  readSearch,
  searchProblems,
  type Search,
  type SearchCondition,
  type SearchKeys,
} from './read-search.ts';

export interface SearchedRows {
  /** The alias is that of the conditions. */
  table: 'users as u' | 'companies as c';
  /** Columns with the value that they have in every row of the list. */
  fixed?: Readonly<Record<string, string>>;
  keys: SearchKeys;
}

/** The search of a list by words, and by keys with their negation. `findText` finds the ids for words without signs. */
export function keySearch(
  searched: SearchedRows,
  findText: (db: TenantDb, q: string) => Knex.Raw | undefined,
) {
  return {
    search: (rows: Knex.QueryBuilder, q: string, db: TenantDb) => applySearch(rows, q, db, searched),
    searchIds: {
      find: (db: TenantDb, q: string) => (isPlainText(q) ? findText(db, q) : findIds(db, searched, q)),
      problems: (q: string) => searchProblems(q, searched.keys),
      column: `${searched.table.at(-1)!}.id`,
      isUnique: true,
    },
  };
}

/**
 * The search of a list by the beginning of a text. `find` returns the rows in the order of an index that begins with the
 * text: the newest of many rows could be anywhere in it. `id` is the column of their ids.
 */
export function prefixSearch(id: string, find: (db: TenantDb, q: string) => Knex.QueryBuilder) {
  return {
    find: (db: TenantDb, q: string) => db.raw('?', [find(db, q).select(id).limit(MAX_PREFIX_RESULTS)]),
    max: MAX_PREFIX_RESULTS,
    column: id,
    isUnique: true,
  };
}

/**
 * The ids of the newest rows that meet every condition, at most MAX_SEARCH_RESULTS. Undefined when the list can apply the
 * conditions by the indexes of its filters.
 */
function findIds(db: TenantDb, searched: SearchedRows, q: string): Knex.Raw | undefined {
  const search = readSearch(q, searched.keys);
  const all = allConditions(search, searched.keys);
  if (all.every(({ condition }) => !condition.ids)) return undefined;
  const source = chooseSource(all);
  const ids = source?.condition.ids?.(db) ?? newestIds(db, searched);
  const max = source?.condition.reach === 'words' ? MAX_SEARCH_RESULTS : MAX_CANDIDATES;
  const rows = db.visible(searched.table).where(searched.fixed ?? {});
  const id = `${searched.table.at(-1)!}.id`;
  void rows.whereRaw('?? = any(array(select id from candidates))', [id]);
  // The candidates contain words, but only perhaps in the right column.
  const others = all.filter((each) => each !== source || each.condition.reach === 'words');
  for (const each of others) void rows.whereRaw('?', [whereOf(db, each)]);
  // The nulls count as found, so that the page tells that there may be more rows.
  return db.raw(
    `with candidates as materialized (select id from (?) as source)
     (?) union all select null::uuid from generate_series(1, ?) where (select count(*) from candidates) >= ?`,
    [ids, newestOf(rows, searched, MAX_SEARCH_RESULTS), MAX_SEARCH_RESULTS, max],
  );
}

/** For conditions of which `findIds` returns undefined. */
function applySearch(rows: Knex.QueryBuilder, q: string, db: TenantDb, { keys }: SearchedRows): void {
  for (const each of allConditions(readSearch(q, keys), keys)) void rows.whereRaw('?', [whereOf(db, each)]);
}

type Given = Search['conditions'][number];

function allConditions({ words, conditions }: Search, keys: SearchKeys): Given[] {
  return words === ''
    ? conditions
    : [{ condition: keys.words(words, false), isNegated: false }, ...conditions];
}

const REACHES = ['narrow', 'words', 'broad'] as const satisfies SearchCondition['reach'][];

function chooseSource(all: readonly Given[]): Given | undefined {
  const sources = all.filter(({ condition, isNegated }) => condition.ids && !isNegated);
  return REACHES.flatMap((reach) => sources.filter(({ condition }) => condition.reach === reach))[0];
}

function newestIds(db: TenantDb, searched: SearchedRows): Knex.QueryBuilder {
  return newestOf(db.visible(searched.table).where(searched.fixed ?? {}), searched, MAX_CANDIDATES);
}

function newestOf(rows: Knex.QueryBuilder, { table }: SearchedRows, limit: number): Knex.QueryBuilder {
  void rows.orderBy(`${table.at(-1)!}.id`, 'desc').limit(limit);
  return selectRows(rows, pick(table, 'id')) as Knex.QueryBuilder;
}

/** A row without a value meets a negated condition. */
function whereOf(db: TenantDb, { condition, isNegated }: Given): Knex.Raw {
  if (!isNegated) return db.raw('(?)', [condition.where(db)]);
  return condition.whereNot?.(db) ?? db.raw('(?) is not true', [condition.where(db)]);
}
