import type { Knex } from 'knex';
import type { ListDb } from './list-filters.ts';
import { directionOf, paginate, type Order, type PagePosition } from './paginate.ts';

export interface Recent {
  /** Selects few partitions by constants. */
  where: (rows: Knex.QueryBuilder) => void;
  /** The rows of the partitions before those: a function of the database, which is planned only when it runs. */
  older: (maxRows: number, ids: Knex.Raw) => Knex.Raw;
}

interface FirstRowsParts {
  alias: string;
  /** A new builder of the rows that match, without the search. */
  filtered: () => Knex.QueryBuilder;
  /** The column that has one of the ids of `found`; undefined without a search. */
  idColumn: string | undefined;
  recent: Recent | undefined;
  order: Order;
  page: { place: PagePosition | null; size: number };
}

/** A table expression that has the rows of a page. */
export function firstRows(db: ListDb, parts: FirstRowsParts): Knex.Raw {
  const { alias, recent, page, idColumn } = parts;
  if (!recent) return db.raw('? as ??', [candidates(db, parts), alias]);
  const ids = db.raw(idColumn ? 'array(select id from found)' : 'null');
  return db.raw(
    `(with recent as materialized ? select * from recent
      union all select * from ? as older where (select count(*) from recent) <= ?) as ??`,
    [candidates(db, parts), recent.older(page.size + 1, ids), page.size, alias],
  );
}

function candidates(
  db: ListDb,
  { alias, filtered, idColumn, recent, order, page }: FirstRowsParts,
): Knex.QueryBuilder | Knex.Raw {
  const rows = filtered();
  recent?.where(rows);
  if (!idColumn) return paginate(rows, order, page);
  // A range, because "=" would remove the column from the order: for an id with few rows the planner might read all rows.
  void rows.whereRaw('?? between found.id and found.id', [idColumn]);
  const direction = directionOf(order, page.place);
  void rows.orderBy(idColumn, direction);
  return db.raw(
    `(select ??.* from found cross join lateral ? as ??
      order by ${order.columns.map(() => `?? ${direction}`).join(', ')} limit ?)`,
    [alias, paginate(rows, order, page), alias, ...order.columns, page.size + 1],
  );
}
