import type { Knex } from 'knex';
import { aliasOf, selectRows, type Columns, type RowOf, type TableRef } from './columns.ts';
import { CompiledStatements, type Compiled } from './compiled-statements.ts';
import {
  besideCounts,
  countedRows,
  splitCounts,
  type CountedRow,
  type CountedRows,
  type FoundRows,
} from './counted-rows.ts';
import { convertRead, type ConvertedRead, type Read } from './in-tenant.ts';
import { firstRows, type Recent } from './first-rows.ts';
import type { Filter, ListDb } from './list-filters.ts';
import {
  directionOf,
  FIXED,
  pageOf,
  paginate,
  placeAfter,
  type Order,
  type Page,
  type PagePosition,
} from './paginate.ts';
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
import { withJoinedFilters, withOptionalFilters } from './prepared-statements.ts';
import type { Row as TableRow } from './tables.ts';
import type { TenantDb } from './tenant-db.ts';

export const PAGE_SIZE = 25;
const BATCH_SIZE = 500;

export interface ListDeclaration<Row, Db, Given extends Filters, Within extends string> {
  /** With an alias: `users as u`. */
  from: TableRef;
  /** Each row has one joined row, or null, of each table: only the rows of a page are joined. */
  join?: (rows: Knex.QueryBuilder) => void;
  /** Columns with the value that they have in every row of the list, or a condition of every row. */
  where?: Readonly<Record<string, string>> | ((rows: Knex.QueryBuilder) => void);
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
  /** Whether `search` joins a table. */
  joinsSearch?: (q: string) => boolean;
  /** Used instead of `search` unless `find` returns undefined. */
  searchIds?: SearchIds<Db>;
  /** What the rows are, if they may have custom fields. */
  entity?: TableRow<'custom_fields'>['entity'];
  /** Parameters that begin so are filters: others are problems. */
  filterPrefix?: string;
  /** For a table with many partitions: which rows are read first for a page in descending order. */
  recent?: (db: Db, filters: ListQuery<Given>['filters'], place: PagePosition | null) => Recent | undefined;
}

/** What a search leaves out. */
export interface SearchProblem {
  code: 'unknown_search_key' | 'invalid_search_value' | 'too_many_search_terms';
  params: Readonly<Record<string, string | number>>;
}

interface SearchIds<Db> {
  /** At most `max` ids. */
  find: (db: Db, q: string) => Knex.Raw | undefined;
  /** By default MAX_SEARCH_RESULTS. */
  max?: number;
  problems?: (q: string) => readonly SearchProblem[];
  /** The column that has one of the ids. */
  column: string;
  /** When false, the rows of a page are those of each id in turn, by an index of the column and the order. */
  isUnique: boolean;
}

/** Filters and a search that belong to a tenant, and columns that are the same in all lists extended with some. */
interface ListExtension<Db> extends Pick<
  ListDeclaration<never, Db, Filters, never>,
  'search' | 'searchIds' | 'joinsSearch' | 'filterPrefix'
> {
  filters: Filters;
  columns?: (db: Db) => Columns;
}

/** Runs one statement: `req.readTenant`, or a function that calls `readTenant` outside a request. */
export type ReadRows<Row, Db> = (build: (db: Db) => readonly [Read<Row[]>]) => Promise<readonly [Row[]]>;

/** Of a stored query, for example with a custom field that was retired meanwhile. */
export class InvalidFilter extends Error {
  override name = 'InvalidFilter';
}

/** A declared list: parses parameters and runs the parsed query. */
export class List<
  Row extends { id: string },
  Db extends ListDb,
  Given extends Filters,
  Within extends string,
> {
  readonly declaration: ListDeclaration<Row, Db, Given, Within>;
  /** By the sort and the size. */
  readonly #counted: CompiledStatements;
  readonly #countedWithMore: CompiledStatements;

  constructor(
    declaration: ListDeclaration<Row, Db, Given, Within>,
    counted = new CompiledStatements(),
    countedWithMore = new CompiledStatements(),
  ) {
    this.declaration = declaration;
    this.#counted = counted;
    this.#countedWithMore = countedWithMore;
  }

  /** A list that also has what belongs to a tenant. */
  extend({ filters, columns, ...others }: ListExtension<Db>): List<Row, Db, Given, Within> {
    const { declaration } = this;
    const allFilters: Filters = { ...declaration.filters, ...filters };
    const extended = {
      ...declaration,
      ...others,
      filters: allFilters as Given,
      columns: (db: Db) => ({ ...declaration.columns(db), ...columns?.(db) }),
    };
    return new List(extended, columns ? this.#countedWithMore : this.#counted);
  }

  parse(params: Params, options: ParseOptions<Within> = {}): ParsedList<ListQuery<Given, Within>> {
    return parseList(this.declaration, params, options) as ParsedList<ListQuery<Given, Within>>;
  }

  /** Whether the list has each filter and each search key of the query, which a form or a task may have stored. */
  understands({ q, filters }: ListQuery<Given, Within>): boolean {
    const { problems, unknown } = this.parse({ ...filters, ...(q !== '' && { q }) });
    const searchProblems = this.declaration.searchIds?.problems?.(q) ?? [];
    return [...problems, ...unknown, ...searchProblems].length === 0;
  }

  /** The URL parameters of the first page. */
  format(query: ListQuery<Given, Within>): [name: string, value: string][] {
    return formatQuery(this.declaration, query);
  }

  /** Reads one row more than the page has; see `page()`. */
  rows(
    db: Db,
    query: ListQuery<Given, Within>,
    place: PagePosition | null = null,
    size = PAGE_SIZE,
  ): Read<Row[]> {
    return this.#read(db, query, null, { place, size });
  }

  page(
    fetched: readonly Row[],
    query: ListQuery<Given, Within>,
    place: PagePosition | null = null,
    size = PAGE_SIZE,
  ): Page<Row> {
    return pageOf(fetched, this.order(query), { place, size });
  }

  /** The rows as `rows()` reads them and counts, in one statement with one run of the search. */
  counted(
    db: Db,
    query: ListQuery<Given, Within>,
    place: PagePosition | null = null,
    size = PAGE_SIZE,
  ): ConvertedRead<CountedRows<Row>> {
    checkQuery(this.declaration, query);
    const hasOneText = isUnfiltered(db, query, place) && Object.keys(query.within).length === 0;
    return splitRead(
      hasOneText
        ? () =>
            this.#counted.of(db.tenantId!, `${query.sort} ${size}`, () =>
              this.#countedRows(db, query, { place: null, size }),
            )
        : () => this.#marked(db, query)(this.#countedRows(db, query, { place, size })).toSQL(),
    );
  }

  /** The rows as `rows()` reads them and the number of found ids, in one statement with one run of the search. */
  found(
    db: Db,
    query: ListQuery<Given, Within>,
    place: PagePosition | null = null,
    size = PAGE_SIZE,
  ): ConvertedRead<FoundRows<Row>> {
    const page = { place, size };
    const found = this.#findIds(db, query);
    if (!found) return convertRead(this.rows(db, query, place, size), (rows) => ({ rows, found: 0 }));
    const rows = this.#pageRows(db, query, null, page, found);
    const statement = besideCounts(db, { found }, rows, { order: this.order(query), page });
    return splitRead(() => this.#marked(db, query)(statement).toSQL());
  }

  /** The ids of all rows, in batches. Each batch is a statement of its own, so that no transaction stays open. */
  async *ids(read: ReadRows<Row, Db>, query: ListQuery<Given, Within>): AsyncGenerator<string[]> {
    for await (const { ids } of this.idBatches(read, query)) yield ids;
  }

  /** The same after a place, with the place after each batch. */
  async *idBatches(
    read: ReadRows<Row, Db>,
    query: ListQuery<Given, Within>,
    after: PagePosition | null = null,
  ): AsyncGenerator<{ ids: string[]; place: PagePosition }> {
    const fields = new Set(['id', ...this.order(query).fields]);
    for await (const rows of this.#batches(read, query, [...fields], after))
      yield { ids: rows.map(({ id }) => id), place: this.placeAfter(rows.at(-1)!, query) };
  }

  /** All rows after a place, in batches. Each batch is a statement of its own, so that no transaction stays open. */
  stream(
    read: ReadRows<Row, Db>,
    query: ListQuery<Given, Within>,
    after: PagePosition | null = null,
  ): AsyncGenerator<Row[]> {
    return this.#batches(read, query, null, after);
  }

  /** The place after a row, for a later `stream()`. */
  placeAfter(row: Row, query: ListQuery<Given, Within>): PagePosition {
    return placeAfter(row, this.order(query));
  }

  /** The number of all rows, or one more than the limit. */
  count(db: Db, query: ListQuery<Given, Within>, limit?: number): Knex.Raw<{ rows: { count: number }[] }> {
    const rows = this.matching(db, query).select(db.raw('1'));
    if (limit !== undefined) void rows.limit(limit + 1, FIXED);
    return this.#marked(db, query)(db.raw('select count(*)::int as count from ? as counted', [rows]));
  }

  /** All rows without columns, order and limit. */
  matching(db: Db, query: ListQuery<Given, Within>): Knex.QueryBuilder {
    checkQuery(this.declaration, query);
    const ids = this.#findIds(db, query);
    const rows = this.#matching(db, query, ids);
    return ids ? rows.withMaterialized('found', ids) : rows;
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
    const ids = this.#findIds(db, query);
    const rows = this.#pageRows(db, query, fields, page, ids);
    if (ids) void rows.withMaterialized('found', ids);
    // The declaration relates Row to the columns.
    const isPrepared = isUnfiltered(db, query, page.place) && !this.declaration.recent;
    return (isPrepared ? rows : this.#marked(db, query)(rows)) as Read<Row[]>;
  }

  /** How a read with optional filters is marked. */
  #marked(db: Db, query: ListQuery<Given, Within>) {
    const { filterPrefix, joinsSearch } = this.declaration;
    if (filterPrefix === undefined) return withOptionalFilters;
    const isJoined = Object.keys(query.filters).some((name) => name.startsWith(filterPrefix));
    if (!isJoined && !joinsSearch?.(query.q)) return withOptionalFilters;
    // A search for ids needs the scans that are turned off for joined filters, and finds few rows.
    return this.#findIds(db, query) ? withOptionalFilters : withJoinedFilters;
  }

  /** With `ids`, the statement must have them as `found`. */
  #pageRows(
    db: Db,
    query: ListQuery<Given, Within>,
    fields: readonly string[] | null,
    page: { place: PagePosition | null; size: number },
    ids: Knex.Raw | undefined,
  ): Knex.QueryBuilder {
    const columns = this.declaration.columns(db);
    const selected = fields ? Object.fromEntries(fields.map((field) => [field, columns[field]!])) : columns;
    checkQuery(this.declaration, query);
    const order = this.order(query);
    const matching = () => paginate(this.#matching(db, query, ids), order, page);
    const first = this.#firstRows(db, query, page, ids);
    if (!first && !this.#joinsPage(query)) return selectRows(matching(), selected) as Knex.QueryBuilder;
    const rows = this.#joined(db, first ?? this.#tableOf(db, matching()));
    return paginate(selectRows(rows, selected) as Knex.QueryBuilder, order, page);
  }

  #countedRows(
    db: Db,
    query: ListQuery<Given, Within>,
    page: { place: PagePosition | null; size: number },
  ): Knex.Raw {
    const found = this.#findIds(db, query);
    const { columns, join } = this.declaration;
    return countedRows(db, {
      found,
      isFoundUnique: this.declaration.searchIds?.isUnique ?? false,
      matching: () => this.#matching(db, query, found),
      isNarrowed:
        query.q !== '' ||
        query.ids !== undefined ||
        Object.keys({ ...query.filters, ...query.within }).length > 0,
      unfiltered: () => {
        const rows = this.#filtered(db, { ...query, filters: {} });
        if (!this.#joinsPage(query)) join?.(rows);
        return rows;
      },
      finish: (rows) =>
        selectRows(
          this.#joinsPage(query) ? this.#joined(db, this.#tableOf(db, rows)) : rows,
          columns(db),
        ) as Knex.QueryBuilder,
      order: this.order(query),
      page,
    });
  }

  #firstRows(
    db: Db,
    query: ListQuery<Given, Within>,
    page: { place: PagePosition | null; size: number },
    ids: Knex.Raw | undefined,
  ): Knex.Raw | undefined {
    const { from, searchIds, recent } = this.declaration;
    const order = this.order(query);
    const idColumn = ids && !searchIds!.isUnique ? searchIds!.column : undefined;
    const isNewestFirst = directionOf(order, page.place) === 'desc' && query.ids === undefined;
    const parts = isNewestFirst ? recent?.(db, query.filters, page.place) : undefined;
    if (!idColumn && !parts) return undefined;
    const filtered = () => this.#filtered(db, query);
    return firstRows(db, { alias: aliasOf(from), filtered, idColumn, recent: parts, order, page });
  }

  #findIds(db: Db, { q }: ListQuery): Knex.Raw | undefined {
    return q === '' ? undefined : this.declaration.searchIds?.find(db, q);
  }

  /** With `ids`, the statement must have them as `found`. */
  #matching(db: Db, query: ListQuery<Given, Within>, ids: Knex.Raw | undefined): Knex.QueryBuilder {
    const { join, search, searchIds } = this.declaration;
    const rows = this.#filtered(db, query);
    if (!this.#joinsPage(query)) join?.(rows);
    if (ids) void rows.whereRaw('?? = any(array(select id from found))', [searchIds!.column]);
    else if (query.q !== '') search?.(rows, query.q, db);
    return rows;
  }

  /** Whether the rows of a page are read before others are joined: the planner may read all rows of several joined tables. */
  #joinsPage(query: ListQuery<Given, Within>): boolean {
    const { from, join } = this.declaration;
    return (
      join !== undefined && this.order(query).columns.every((name) => name.startsWith(`${aliasOf(from)}.`))
    );
  }

  #tableOf(db: Db, rows: Knex.QueryBuilder): Knex.Raw {
    const alias = aliasOf(this.declaration.from);
    return db.raw('? as ??', [rows.select(db.raw('??.*', [alias])), alias]);
  }

  /** `page` is a table expression that has the rows of a page. */
  #joined(db: Db, page: Knex.Raw): Knex.QueryBuilder {
    const rows = db.visible(this.declaration.from).from(page);
    this.declaration.join?.(rows);
    return rows;
  }

  #filtered(db: Db, query: Omit<ListQuery, 'q'>): Knex.QueryBuilder {
    const { from, where = {} } = this.declaration;
    const rows = db.visible(from).where(where);
    if (query.ids) void rows.whereRaw('?? = any(cast(? as uuid[]))', [`${aliasOf(from)}.id`, [...query.ids]]);
    this.#applyFilters(rows, db, query);
    return rows;
  }

  async *#batches(
    read: ReadRows<Row, Db>,
    query: ListQuery<Given, Within>,
    fields: readonly string[] | null,
    after: PagePosition | null = null,
  ): AsyncGenerator<Row[]> {
    const batch: { place: PagePosition | null; size: number } = { place: after, size: BATCH_SIZE };
    do {
      const [fetched] = await read((db) => [this.#read(db, query, fields, batch)]);
      const { rows, next } = pageOf(fetched, this.order(query), batch);
      if (rows.length > 0) yield rows;
      batch.place = next && { side: 'after', values: next };
    } while (batch.place);
  }

  /** @throws {InvalidFilter} as each statement of the query would */
  checkFilters(query: ListQuery<Given, Within>): void {
    this.#appliedFilters(query);
  }

  #applyFilters(
    rows: Knex.QueryBuilder,
    db: Db,
    { filters, within, time_zone, sort }: Omit<ListQuery, 'q'>,
  ): void {
    for (const { filter, values } of this.#appliedFilters({ filters, within }))
      filter.apply(rows, values, { db, time_zone, sort, filters });
  }

  /**
   * @throws {InvalidFilter} for a filter that the list does not have or that has no value: without it the query would find
   *   more rows
   */
  #appliedFilters({ filters, within }: Pick<ListQuery, 'filters' | 'within'>) {
    const declared: Filters = { ...this.declaration.filters, ...this.declaration.within };
    const given = { ...filters, ...within };
    const names = [...Object.keys(given), ...Object.keys(this.declaration.within ?? {})];
    return [...new Set(names)].map((name) => {
      const values = [given[name] ?? []].flat();
      const filter = Object.hasOwn(declared, name) ? declared[name] : undefined;
      const valid = values.filter((value) => filter?.parse(value) === value);
      const isAllowed = valid.length === 1 || (valid.length > 1 && filter!.isMultiple);
      if (!isAllowed || valid.length < values.length)
        throw new InvalidFilter(
          `The list has no filter ${name} with the values ${JSON.stringify(given[name])}`,
        );
      return { filter: filter!, values };
    });
  }
}

function splitRead<Row extends { id: string }>(toSQL: () => Compiled): ConvertedRead<CountedRows<Row>> {
  return { toSQL, convert: (result) => splitCounts((result as { rows: CountedRow<Row>[] }).rows) };
}

/** The first page of all rows, whose statement is prepared. A restricted viewer sees few rows or many. */
function isUnfiltered(
  { tenantId, viewer }: ListDb,
  { q, filters, ids }: ListQuery,
  place: PagePosition | null,
): boolean {
  const seesAll = tenantId !== undefined && viewer?.scope.kind === 'all' && ids === undefined;
  return seesAll && q === '' && place === null && Object.keys(filters).length === 0;
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
