import type { Knex } from 'knex';
import { selectRows, type Columns, type RowOf, type TableRef } from './columns.ts';
import { convertRead, type ConvertedRead, type Read } from './in-tenant.ts';
import type { Filter, ListDb } from './list-filters.ts';
import { limitedCount, pageOf, paginate, type Order, type Page, type PagePosition } from './paginate.ts';
import {
  checkQuery,
  formatQuery,
  orderOf,
  parseList,
  type Filters,
  type ListQuery,
  type Params,
  type ParsedList,
  type ParseOptions,
} from './parse-list.ts';
import { withOptionalFilters } from './prepared-statements.ts';
import type { TenantDb } from './tenant-db.ts';

const PAGE_SIZE = 25;
const BATCH_SIZE = 500;

export interface ListDeclaration<Row, Db, Given extends Filters, Within extends string> {
  /** With an alias: `users as u`. */
  from: TableRef;
  join?: (rows: Knex.QueryBuilder) => void;
  /** Columns with the value that they have in every row of the list. */
  where?: Readonly<Record<string, string>>;
  columns: (db: Db) => Columns;
  /** The last column is unique among the rows. An order has an index, except of tenants and of one company's members. */
  orders: Readonly<Record<string, { columns: readonly string[]; fields: readonly (keyof Row & string)[] }>>;
  /** `name`, or `-name` for descending. */
  defaultSort: string;
  /** By the name of the URL parameter. */
  filters?: Given;
  /** Required filters whose values the caller gives, for example from the path of the URL. */
  within?: Readonly<Record<Within, Filter>>;
  search?: (rows: Knex.QueryBuilder, q: string, db: Db) => void;
}

/** Runs one statement: `req.readTenant`, or a function that calls `readTenant` outside a request. */
export type ReadRows<Row, Db> = (build: (db: Db) => readonly [Read<Row[]>]) => Promise<readonly [Row[]]>;

/** A declared list: parses parameters and runs the parsed query. */
export class List<
  Row extends { id: string },
  Db extends ListDb,
  Given extends Filters,
  Within extends string,
> {
  readonly declaration: ListDeclaration<Row, Db, Given, Within>;

  constructor(declaration: ListDeclaration<Row, Db, Given, Within>) {
    this.declaration = declaration;
  }

  parse(params: Params, options: ParseOptions<Within> = {}): ParsedList<ListQuery<Given, Within>> {
    return parseList(this.declaration, params, options) as ParsedList<ListQuery<Given, Within>>;
  }

  /** The URL parameters of the first page. */
  format(query: ListQuery<Given, Within>): [name: string, value: string][] {
    return formatQuery(this.declaration, query);
  }

  /** Reads one row more than the page has; see `page()`. */
  rows(db: Db, query: ListQuery<Given, Within>, place: PagePosition | null = null): Read<Row[]> {
    return this.#read(db, query, null, { place, size: PAGE_SIZE });
  }

  page(
    fetched: readonly Row[],
    query: ListQuery<Given, Within>,
    place: PagePosition | null = null,
  ): Page<Row> {
    return pageOf(fetched, this.order(query), { place, size: PAGE_SIZE });
  }

  /** At most MAX_COUNT + 1. */
  count(db: Db, query: ListQuery<Given, Within>): ConvertedRead<number> {
    const counted = db.raw<{ rows: { count: number }[] }>('select ? as count', [
      limitedCount(db, this.matching(db, query)),
    ]);
    return convertRead(withOptionalFilters(counted), ({ rows }) => rows[0]!.count);
  }

  /** The ids of all rows, in batches. Each batch is a statement of its own, so that no transaction stays open. */
  async *ids(read: ReadRows<Row, Db>, query: ListQuery<Given, Within>): AsyncGenerator<string[]> {
    const fields = new Set(['id', ...this.order(query).fields]);
    for await (const rows of this.#batches(read, query, [...fields])) yield rows.map(({ id }) => id);
  }

  /** All rows, in batches. Each batch is a statement of its own, so that no transaction stays open. */
  stream(read: ReadRows<Row, Db>, query: ListQuery<Given, Within>): AsyncGenerator<Row[]> {
    return this.#batches(read, query, null);
  }

  /** All rows without columns, order and limit. */
  matching(db: Db, query: ListQuery<Given, Within>): Knex.QueryBuilder {
    const { join, where = {}, search } = this.declaration;
    checkQuery(this.declaration, query);
    const rows = db.visible(this.declaration.from).where(where);
    join?.(rows);
    if (query.q !== '') search?.(rows, query.q, db);
    this.#applyFilters(rows, db, query);
    return rows;
  }

  order({ sort }: Pick<ListQuery, 'sort'>): Order {
    return orderOf(this.declaration, sort);
  }

  #read(
    db: Db,
    query: ListQuery<Given, Within>,
    fields: readonly string[] | null,
    page: { place: PagePosition | null; size: number },
  ): Read<Row[]> {
    const columns = this.declaration.columns(db);
    const selected = fields ? Object.fromEntries(fields.map((field) => [field, columns[field]!])) : columns;
    // The declaration relates Row to the columns.
    const rows: Knex.QueryBuilder = selectRows(this.matching(db, query), selected);
    return withOptionalFilters(paginate(rows, this.order(query), page));
  }

  async *#batches(
    read: ReadRows<Row, Db>,
    query: ListQuery<Given, Within>,
    fields: readonly string[] | null,
  ): AsyncGenerator<Row[]> {
    const batch: { place: PagePosition | null; size: number } = { place: null, size: BATCH_SIZE };
    do {
      const [fetched] = await read((db) => [this.#read(db, query, fields, batch)]);
      const { rows, next } = pageOf(fetched, this.order(query), batch);
      if (rows.length > 0) yield rows;
      batch.place = next && { side: 'after', values: next };
    } while (batch.place);
  }

  /** @throws for a filter that the list does not have or that has no value: without it the query would find more rows */
  #applyFilters(rows: Knex.QueryBuilder, db: Db, { filters, within, time_zone }: ListQuery): void {
    const declared: Filters = { ...this.declaration.filters, ...this.declaration.within };
    const given = { ...filters, ...within };
    const names = [...Object.keys(given), ...Object.keys(this.declaration.within ?? {})];
    for (const name of new Set(names)) {
      const values = [given[name] ?? []].flat();
      const filter = Object.hasOwn(declared, name) ? declared[name] : undefined;
      const valid = values.filter((value) => filter?.parse(value) === value);
      const isAllowed = valid.length === 1 || (valid.length > 1 && filter!.isMultiple);
      if (!isAllowed || valid.length < values.length)
        throw new Error(`The list has no filter ${name} with the values ${JSON.stringify(given[name])}`);
      filter!.apply(rows, values, { db, time_zone });
    }
  }
}

export function list<
  Selected extends Columns,
  Db extends ListDb = TenantDb,
  Given extends Filters = Readonly<Record<string, never>>,
  Within extends string = never,
>(
  declaration: ListDeclaration<RowOf<Selected> & { id: string }, Db, Given, Within> & {
    columns: (db: Db) => Selected;
  },
): List<RowOf<Selected> & { id: string }, Db, Given, Within> {
  return new List(declaration);
}
