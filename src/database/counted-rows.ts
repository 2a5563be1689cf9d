import type { Knex } from 'knex';
import type { ListDb } from './list-filters.ts';
import { directionOf, FIXED, MAX_COUNT, paginate, type Order, type PagePosition } from './paginate.ts';

export interface FoundRows<Row> {
  rows: Row[];
  /** The number of ids that the search found before the filters; 0 when it finds no ids. */
  found: number;
}

export interface CountedRows<Row> extends FoundRows<Row> {
  /** At most MAX_COUNT + 1. */
  count: number;
}

interface Counts {
  list_count: number;
  list_found: number;
}

export type CountedRow<Row> = Row & Counts;

interface CountedParts {
  /** The ids that the search finds, which `matching` reads from `found`. */
  found: Knex.Raw | undefined;
  /** Whether each of these ids is that of one row. */
  isFoundUnique: boolean;
  /** A new builder of all rows that match, without columns, order and limit. */
  matching: () => Knex.QueryBuilder;
  /** Whether a search or a filter excludes rows. */
  isNarrowed: boolean;
  /** A new builder of the rows of the list without columns, search and filters. */
  unfiltered: () => Knex.QueryBuilder;
  /** Returns the rows of a page with their columns. */
  finish: (rows: Knex.QueryBuilder) => Knex.QueryBuilder;
  order: Order;
  page: { place: PagePosition | null; size: number };
}

export function countedRows(db: ListDb, parts: CountedParts): Knex.Raw {
  const { found, matching, isNarrowed, unfiltered, finish, order, page } = parts;
  // All rows are counted with the index that the page is read with: the planner would read the table of a large tenant.
  const counted = isNarrowed
    ? matching()
        .select(order.columns)
        .limit(MAX_COUNT + 1, FIXED)
    : paginate(matching().select(db.raw('1')), order, { place: null, size: MAX_COUNT });
  const rows = unfiltered();
  if (isNarrowed) {
    void rows.withMaterialized('page', (keys) => selectPage(keys, parts));
    void rows.whereIn([...order.columns], (keys: Knex.QueryBuilder) =>
      keys.select(namesOf(order)).from('page'),
    );
    void rows.limit(page.size + 1, FIXED);
  } else void paginate(rows, order, page);
  return besideCounts(db, { ...(found && { found }), counted }, finish(rows), { order, page });
}

/** The rows of a page, each with the number of rows of the common table expressions, or nulls with these numbers. */
export function besideCounts(
  db: ListDb,
  expressions: { found?: Knex.Raw; counted?: Knex.QueryBuilder },
  rows: Knex.QueryBuilder,
  { order, page }: Pick<CountedParts, 'order' | 'page'>,
): Knex.Raw {
  const countOf = (name: keyof typeof expressions) =>
    expressions[name] ? `(select count(*)::int from ${name})` : '0';
  // PostgreSQL materializes those that are read more than once.
  const names = Object.keys(expressions).map((name) => `${name} as (?)`);
  const direction = directionOf(order, page.place);
  const sorted = namesOf(order).map((name) => `listed.${name} ${direction}`);
  return db.raw(
    `with ${names.join(', ')}
     select listed.*, counts.*
     from (select ${countOf('counted')} as list_count, ${countOf('found')} as list_found) as counts
     left join ? as listed on true
     order by ${sorted.join(', ')}`,
    [...Object.values(expressions), rows],
  );
}

/**
 * Sorts the counted rows, unless there are more than MAX_COUNT. More rows are read in the order of an index, which would
 * be read to its end for few of them.
 */
function selectPage(
  keys: Knex.QueryBuilder,
  { found, isFoundUnique, matching, order, page }: CountedParts,
): void {
  const names = namesOf(order);
  const few = (rows: Knex.QueryBuilder) => {
    void rows.select(names).from('counted').whereRaw('(select count(*) from counted) <= ?', [MAX_COUNT]);
    void paginate(rows, { ...order, columns: names }, page);
  };
  // There are at most MAX_SEARCH_RESULTS ids.
  if (found && isFoundUnique) return few(keys);
  const many = matching().select(order.columns).whereRaw('(select count(*) from counted) > ?', [MAX_COUNT]);
  void keys.unionAll([few, paginate(many, order, page)], true);
}

/** The names of the columns in rows. */
function namesOf({ columns }: Order): string[] {
  return columns.map((column) => column.split('.').at(-1)!);
}

export function splitCounts<Row extends { id: string }>(
  counted: readonly CountedRow<Row>[],
): CountedRows<Row> {
  const { list_count: count, list_found: found } = counted[0]!;
  const rows = counted.flatMap(({ list_count: _count, list_found: _found, ...row }) => {
    const fields: Omit<Row, keyof Counts> = row;
    return row.id === null ? [] : [fields as Row];
  });
  return { rows, count, found };
}
