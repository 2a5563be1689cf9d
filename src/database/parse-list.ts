import { endName } from '../end-name.ts';
import { truncate } from '../truncate.ts';
import { isTimeZone, type Filter } from './list-filters.ts';
import { isId } from './new-id.ts';
import { readCursor, type Cursor, type Order, type PagePosition } from './paginate.ts';

export type Filters = Readonly<Record<string, Filter>>;

type ValueOf<Given> =
  Given extends Filter<infer Value, infer IsMultiple>
    ? true extends IsMultiple
      ? readonly Value[]
      : Value
    : never;

/** Plain JSON, so that it can be stored and run later, outside a request. */
export interface ListQuery<Given extends Filters = Filters, Within extends string = string> {
  q: string;
  filters: { [Name in keyof Given]?: ValueOf<Given[Name]> };
  within: Readonly<Record<Within, string>>;
  /** The name of an order, after `-` for descending. */
  sort: string;
  /** In which the days of a date range begin and end. */
  time_zone: string;
  /** Of the selected rows, in place of a search and filters. */
  ids?: readonly string[];
}

/** Of a URL: a repeated parameter has several values. */
export type Params = Readonly<Record<string, unknown>>;

export interface ParseOptions<Within extends string> {
  time_zone?: string;
  within?: Readonly<Record<Within, string>>;
}

export interface ParsedList<Query> {
  query: Query;
  /** Not part of the query, because it names one page. */
  place: (PagePosition & Cursor) | null;
  /** The parameters with invalid values, which the query does not contain. */
  problems: string[];
  /** The parameters that the list does not have. */
  unknown: string[];
  /** Or others that `canonical` names differently. */
  hasEmptyParams: boolean;
  /** The valid parameters as a query string. */
  canonical: string;
}

export interface ParsedDeclaration {
  orders: Readonly<Record<string, Pick<Order, 'columns' | 'fields'>>>;
  defaultSort: string;
  filters?: Filters;
  filterPrefix?: string;
  search?: unknown;
  searchIds?: unknown;
}

const MAX_PARAM_LENGTH = 2_000;
const MAX_CURSOR_LENGTH = 8_000;

export function parseList(
  list: ParsedDeclaration,
  params: Params,
  { time_zone = 'UTC', within = {} }: ParseOptions<string> = {},
): ParsedList<ListQuery> {
  const ranges = joinRanges(params, list.filters ?? {});
  const given = readParams({ ...params, ...ranges }, list);
  const problems = new Set(unknownFilters(params, list));
  const onInvalid = (name: string) => problems.add(name);
  const filters = parseFilters(given, list, onInvalid);
  const sort = parseSort(given.get('sort')?.[0], list, onInvalid);
  const query: ListQuery = { q: given.get('q')?.[0] ?? '', filters, within, sort, time_zone };
  const place = parsePlace(given, orderOf(list, sort), onInvalid);
  const cursors = ['after', 'before'].filter((side) => side === place?.side);
  const canonical = new URLSearchParams([
    ...formatQuery(list, query),
    ...cursors.map((side): [string, string] => [side, given.get(side)![0]!]),
  ]).toString();
  const hasEmptyParams =
    Object.keys(ranges).length > 0 || [...given.values()].some((values) => values.includes(''));
  const known = [...given.keys(), ...rangeEnds(list.filters ?? {})];
  const unknown = Object.keys(params).filter((name) => !known.includes(name));
  return { query, place, problems: [...problems], unknown, hasEmptyParams, canonical };
}

/** The parameters of the first page, without the default sort. */
export function formatQuery(list: ParsedDeclaration, { q, filters, sort }: ListQuery): [string, string][] {
  const names = Object.keys(list.filters ?? {});
  const filtered = names.flatMap((name) =>
    [filters[name] ?? []].flat().map((value): [string, string] => [name, value]),
  );
  return [
    ...(q === '' ? [] : [['q', q] as [string, string]]),
    ...filtered,
    ...(sort === list.defaultSort ? [] : [['sort', sort] as [string, string]]),
  ];
}

/** @throws for an order that the list does not have, for example in a query that an older version stored */
export function orderOf({ orders }: ParsedDeclaration, sort: string): Order {
  const name = sort.replace(/^-/, '');
  if (!Object.hasOwn(orders, name)) throw new Error(`The list has no order ${name}`);
  return { ...orders[name]!, name, isDescending: sort.startsWith('-') };
}

/** @throws for values that `parseList` does not return, for example in a query that an older version stored */
export function checkQuery(list: ParsedDeclaration, { q, sort, time_zone, ids = [] }: ListQuery): void {
  const isValid = {
    q: typeof q === 'string' && clean(q) === q,
    sort: typeof sort === 'string' && Object.hasOwn(list.orders, sort.replace(/^-/, '')),
    time_zone: typeof time_zone === 'string' && isTimeZone(time_zone),
    ids: Array.isArray(ids) && ids.every((id) => typeof id === 'string' && isId(id)),
  };
  for (const [name, value] of Object.entries({ q, sort, time_zone, ids }))
    if (!isValid[name as keyof typeof isValid])
      throw new Error(`A stored query has an invalid ${name}: ${JSON.stringify(value)}`);
}

type Given = ReadonlyMap<string, readonly string[]>;
type OnInvalid = (name: string) => void;

/** Such as the filters of custom fields that no longer exist. */
function unknownFilters(params: Params, { filterPrefix, filters = {} }: ParsedDeclaration): string[] {
  if (filterPrefix === undefined) return [];
  const names = [...Object.keys(filters), ...rangeEnds(filters)];
  return Object.keys(params).filter((name) => name.startsWith(filterPrefix) && !names.includes(name));
}

function rangeEnds(filters: Filters): string[] {
  const names = Object.keys(filters).filter((name) => filters[name]!.isRange);
  return names.flatMap((name) => [endName(name, 'from'), endName(name, 'to')]);
}

/** The ranges whose ends are parameters of their own. */
function joinRanges(params: Params, filters: Filters): Params {
  const names = Object.keys(filters).filter((name) => filters[name]!.isRange);
  const joined = names.flatMap((name): [string, string][] => {
    const [from, to] = (['from', 'to'] as const).map((end) => {
      const key = endName(name, end);
      return Object.hasOwn(params, key) ? [params[key]].flat()[0] : undefined;
    });
    if (typeof from !== 'string' && typeof to !== 'string') return [];
    const ends = [from, to].map((end) => (typeof end === 'string' ? end : ''));
    return [[name, ends.every((end) => end === '') ? '' : ends.join('..')]];
  });
  return Object.fromEntries(joined);
}

function readParams(params: Params, { filters = {}, search, searchIds }: ParsedDeclaration): Given {
  const names = [...(search || searchIds ? ['q'] : []), ...Object.keys(filters), 'sort', 'after', 'before'];
  const read = names.map((name): [string, string[]] => {
    const values = [Object.hasOwn(params, name) ? params[name] : []].flat();
    const maxLength = name === 'after' || name === 'before' ? MAX_CURSOR_LENGTH : MAX_PARAM_LENGTH;
    const texts = values.filter((value) => typeof value === 'string').map((text) => clean(text, maxLength));
    return [name, filters[name]?.isMultiple ? texts : texts.slice(0, 1)];
  });
  return new Map(read);
}

function clean(text: string, maxLength = MAX_PARAM_LENGTH): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return truncate(line, maxLength);
}

/** Of the filters that begin with the prefix. Each is a join, and PostgreSQL plans a hundred of them for seconds. */
const MAX_PREFIXED_FILTERS = 20;

function parseFilters(
  given: Given,
  { filters = {}, filterPrefix }: ParsedDeclaration,
  onInvalid: OnInvalid,
): ListQuery['filters'] {
  let prefixed = 0;
  const parsed: Record<string, string | readonly string[]> = {};
  for (const [name, filter] of Object.entries(filters)) {
    const texts = given.get(name)!.filter((text) => text !== '');
    const values = texts.flatMap((text) => filter.parse(text) ?? []);
    if (values.length < texts.length) onInvalid(name);
    if (values.length === 0) continue;
    if (filterPrefix !== undefined && name.startsWith(filterPrefix)) prefixed += 1;
    if (prefixed > MAX_PREFIXED_FILTERS && name.startsWith(filterPrefix!)) onInvalid(name);
    else parsed[name] = filter.isMultiple ? inOrder(values, filter) : values[0]!;
  }
  return parsed as ListQuery['filters'];
}

/** One order and no duplicates, so that equal queries have equal URLs and statements. */
function inOrder(values: readonly string[], { choices = [...values].sort() }: Filter): string[] {
  return [...new Set(choices)].filter((value) => values.includes(value));
}

function parseSort(sort: string | undefined, list: ParsedDeclaration, onInvalid: OnInvalid): string {
  if (!sort) return list.defaultSort;
  if (Object.hasOwn(list.orders, sort.replace(/^-/, ''))) return sort;
  onInvalid('sort');
  return list.defaultSort;
}

function parsePlace(given: Given, order: Order, onInvalid: OnInvalid): ParsedList<unknown>['place'] {
  for (const side of ['after', 'before'] as const) {
    const text = given.get(side)?.[0];
    if (!text) continue;
    const cursor = readCursor(text, order);
    if (cursor) return { side, ...cursor };
    onInvalid(side);
  }
  return null;
}
