import type { Knex } from 'knex';
import { isId } from './new-id.ts';
import type { ListDb } from './list-filters.ts';

export interface Order {
  name: string;
  /** Names in the statement. The last column is unique; all have one direction, so that one index serves the order. */
  columns: readonly string[];
  /** Names in the rows: `id` is a uuid, `at_text` a timestamp, any other field text. */
  fields: readonly string[];
  isDescending: boolean;
}

export interface PagePosition {
  side: 'after' | 'before';
  values: readonly string[];
}

export interface Page<Row> {
  rows: Row[];
  /** The position of the previous page; null when there is none. */
  previous: readonly string[] | null;
  next: readonly string[] | null;
}

/** Counting all rows of a large tenant is slow. */
export const MAX_COUNT = 1000;

/** Of a search for names, before the other filters. */
export const MAX_SEARCH_RESULTS = 200;

/** Of a search for the beginning of a number, a code or an address, before the other filters. */
export const MAX_PREFIX_RESULTS = 1000;

/** A limit in the text of a statement: with one among its values, the planner expects a tenth of all rows. */
export const FIXED = { skipBinding: true };

/** Reads one row more than `size`, which tells whether there is another page. */
export function paginate<Builder extends Knex.QueryBuilder>(
  builder: Builder,
  order: Order,
  { place, size }: { place: PagePosition | null; size: number },
): Builder {
  const direction = directionOf(order, place);
  for (const column of order.columns) void builder.orderBy(column, direction);
  if (place) {
    const placeholders = place.values.map(() => '?').join(', ');
    const columns = order.columns.map(() => '??').join(', ');
    void builder.whereRaw(`(${columns}) ${direction === 'desc' ? '<' : '>'} (${placeholders})`, [
      ...order.columns,
      ...place.values,
    ]);
  }
  void builder.limit(size + 1, FIXED);
  return builder;
}

/** Of the statement: a page before a position is read backwards. */
export function directionOf({ isDescending }: Order, place: PagePosition | null): 'asc' | 'desc' {
  return isDescending !== (place?.side === 'before') ? 'desc' : 'asc';
}

export function pageOf<Row extends object>(
  fetched: readonly Row[],
  order: Order,
  { place, size }: { place: PagePosition | null; size: number },
): Page<Row> {
  const isBackwards = place?.side === 'before';
  const hasMore = fetched.length > size;
  const rows = fetched.slice(0, size);
  if (isBackwards) rows.reverse();
  const valuesOf = (row: Row | undefined) => (row ? placeAfter(row, order).values : null);
  return {
    rows,
    previous: (isBackwards ? hasMore : place !== null) ? valuesOf(rows[0]) : null,
    next: (isBackwards ? true : hasMore) ? valuesOf(rows.at(-1)) : null,
  };
}

export function placeAfter(row: object, order: Pick<Order, 'fields'>): PagePosition {
  return { side: 'after', values: order.fields.map((field) => valueOf(row, field)) };
}

/** An expression: the number of rows, at most MAX_COUNT + 1. */
export function limitedCount(db: ListDb, matching: Knex.QueryBuilder): Knex.Raw<number> {
  const rows = matching.select(db.raw('1')).limit(MAX_COUNT + 1);
  return db.raw('(select count(*)::int from ? as counted)', [rows]);
}

/** Names a page: its position, and the number of its first row when the link was made. */
export interface Cursor {
  values: readonly string[];
  start: number;
}

/** Not signed: {@link readCursor} checks the type of each value. */
export function writeCursor({ values, start }: Cursor, { name }: Order): string {
  return Buffer.from(JSON.stringify([name, start, ...values])).toString('base64url');
}

/** Returns undefined for the cursor of another order, or for types with which the statement would fail. */
export function readCursor(text: string, { name, fields }: Order): Cursor | undefined {
  const [cursorName, start, ...values] = parseArray(Buffer.from(text, 'base64url').toString());
  if (cursorName !== name || values.length !== fields.length) return undefined;
  const isValid =
    values.every(isText) && fields.every((field, n) => isFieldValue(field, values[n] as string));
  return isValid && isRowNumber(start) ? { values: values as string[], start } : undefined;
}

function isRowNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function parseArray(json: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

function isFieldValue(field: string, value: string): boolean {
  if (field === 'id') return isId(value);
  return field !== 'at_text' || isTimestamp(value);
}

/** Accepts the text format of a PostgreSQL timestamptz when its day exists. */
function isTimestamp(text: string): boolean {
  const pattern =
    /^([1-9]\d{3}-\d\d-\d\d) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/;
  const day = pattern.exec(text)?.[1];
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day;
}

function valueOf(row: object, field: string): string {
  return String((row as Record<string, unknown>)[field]);
}
