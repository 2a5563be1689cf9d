import type { Knex } from 'knex';
import type { ListDb } from './list-filters.ts';
import { directionOf, FIXED, MAX_COUNT, paginate, type Order, type PagePosition } from './paginate.ts';

export interface CountedRows<Row> {
  rows: Row[];
  /** At most MAX_COUNT + 1. */
  count: number;
  /** The number of ids that the search found before the filters; 0 when it finds no ids. */
  found: number;
}

interface Counts {
  list_count: number;
  list_found: number;
}

export type CountedRow<Row> = Row & Counts;

interface Parts {
  /** The ids that the search finds, which `matching` reads from `found`. */
  found: Knex.Raw | undefined;
  /** A new builder of all rows that match, without columns, order and limit. */
  matching: () => Knex.QueryBuilder;
  /** Whether a search or a filter excludes rows. */
  isNarrowed: boolean;
  /** The rows of the list with their columns, without search and filters. */
  rows: Knex.QueryBuilder;
  order: Order;
  page: { place: PagePosition | null; size: number };
}

export function countedRows(db: ListDb, parts: Parts): Knex.QueryBuilder {
  const { found, matching, isNarrowed, rows, order, page } = parts;
  const counted = matching().select(isNarrowed ? order.columns : db.raw('1'));
  const statement = db.query();
  if (found) void statement.withMaterialized('found', found);
  void statement.withMaterialized('counted', counted.limit(MAX_COUNT + 1, FIXED));
  if (isNarrowed) {
    void statement.withMaterialized('page', (keys) => selectPage(keys, parts));
    void rows.whereIn([...order.columns], (keys: Knex.QueryBuilder) =>
      keys.select(namesOf(order)).from('page'),
    );
  } else paginate(rows, order, page);
  const direction = directionOf(order, page.place);
  for (const name of namesOf(order)) void statement.orderBy(`listed.${name}`, direction);
  const foundCount = found ? '(select count(*)::int from found)' : '0';
  const counts = `(select (select count(*)::int from counted) as list_count, ${foundCount} as list_found) as counts`;
  return statement
    .select(db.raw('listed.*, counts.*'))
    .from(db.raw(counts))
    .leftJoin(rows.as('listed'), db.raw('true'));
}

/**
 * Sorts the counted rows, unless there are more than MAX_COUNT. More rows are read in the order of an index, which would
 * be read to its end for few of them.
 */
function selectPage(keys: Knex.QueryBuilder, { found, matching, order, page }: Parts): void {
  const names = namesOf(order);
  const few = (rows: Knex.QueryBuilder) => {
    void rows.select(names).from('counted').whereRaw('(select count(*) from counted) <= ?', [MAX_COUNT]);
    paginate(rows, { ...order, columns: names }, page);
  };
  // A search finds fewer ids.
  if (found) return few(keys);
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
  // Without rows, the counts are beside nulls.
  const rows = counted.filter(({ id }) => id !== null);
  for (const row of rows) {
    const counts: Partial<Counts> = row;
    delete counts.list_count;
    delete counts.list_found;
  }
  return { rows, count, found };
}
