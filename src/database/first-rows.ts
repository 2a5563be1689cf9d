import type { Knex } from 'knex';
import type { ListDb } from './list-filters.ts';
import { directionOf, paginate, type Order, type PagePosition } from './paginate.ts';

export interface Recent {
  /** Selects few partitions by constants. */
  where: (rows: Knex.QueryBuilder) => void;
  /** The rows before those, of the given ids only, in a function, which is planned only when it runs. */
  older: (maxRows: number, ids: Knex.Raw) => Knex.Raw;
}

interface Parts {
  alias: string;
  /** A new builder of the rows that match, without the search. */
  filtered: () => Knex.QueryBuilder;
  /** The column that has one of the ids of `found`; undefined without a search. */
  idColumn: string | undefined;
  recent: Recent | undefined;
  order: Order;
  page: { place: PagePosition | null; size: number };
}

/** A source of the rows of a page, maybe with more rows, for FROM. */
export function firstRows(db: ListDb, parts: Parts): Knex.Raw {
  const { alias, recent, order, page } = parts;
  if (!recent) return db.raw('? as ??', [paginate(candidates(db, parts), order, page), alias]);
  const ids = db.raw(parts.idColumn ? 'array(select id from found)' : 'null');
  return db.raw(
    `(with recent as materialized ? select * from recent
      union all select * from ? as older where (select count(*) from recent) <= ?) as ??`,
    [
      paginate(candidates(db, parts, recent.where), order, page),
      recent.older(page.size + 1, ids),
      page.size,
      alias,
    ],
  );
}

function candidates(
  db: ListDb,
  { alias, filtered, idColumn, order, page }: Parts,
  narrow: Recent['where'] = () => {},
): Knex.QueryBuilder {
  const rows = filtered();
  narrow(rows);
  if (!idColumn) return rows;
  // A range, because "=" would remove the column from the order: for an id with few rows the planner might read all rows.
  void rows.whereRaw('?? between found.id and found.id', [idColumn]);
  void rows.orderBy(idColumn, directionOf(order, page.place));
  const each = db.raw('found cross join lateral ? as ??', [paginate(rows, order, page), alias]);
  return db
    .query()
    .select(db.raw('??.*', [alias]))
    .from(each);
}
