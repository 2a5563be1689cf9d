import type { Knex } from 'knex';
import type { ListDb } from './list-filters.ts';
import { directionOf, MAX_COUNT, paginate, type Order, type PagePosition } from './paginate.ts';

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
  /** The rows of the list with their columns, without filters. */
  rows: Knex.QueryBuilder;
  order: Order;
  page: { place: PagePosition | null; size: number };
}

/**
 * Counts first. Up to MAX_COUNT rows are sorted; more rows are read in the order of an index, which would be read to its end
 * for few of them.
 */
export function countedRows(db: ListDb, parts: Parts): Knex.QueryBuilder {
  const { found = db.raw('select null::uuid as id where false'), matching, rows, order, page } = parts;
  const names = order.columns.map((column) => column.split('.').at(-1)!);
  const few = (keys: Knex.QueryBuilder) => {
    void keys.select(names).from('counted').whereRaw('(select count(*) from counted) <= ?', [MAX_COUNT]);
    paginate(keys, { ...order, columns: names }, page);
  };
  const many = matching().select(order.columns).whereRaw('(select count(*) from counted) > ?', [MAX_COUNT]);
  const listed = rows.whereIn([...order.columns], (keys: Knex.QueryBuilder) =>
    keys.select(names).from('page'),
  );
  const counts = db.raw(`(select (select count(*)::int from counted) as list_count,
    (select count(*)::int from found) as list_found) as counts`);
  const statement = db
    .query()
    .withMaterialized('found', found)
    .withMaterialized(
      'counted',
      matching()
        .select(order.columns)
        .limit(MAX_COUNT + 1),
    )
    .withMaterialized('page', (keys) => void keys.unionAll([few, paginate(many, order, page)], true))
    .select(db.raw('listed.*, counts.*'))
    .from(counts)
    .leftJoin(listed.as('listed'), db.raw('true'));
  const direction = directionOf(order, page.place);
  for (const name of names) void statement.orderBy(`listed.${name}`, direction);
  return statement;
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
