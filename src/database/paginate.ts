import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { TenantDb } from './tenant-db.ts';

/**
 * An order to page through: `columns` as the statement knows them, `fields` as its rows do; the last pair is unique.
 * All run in one direction, so that one index serves it.
 */
export interface Order {
  name: string;
  columns: readonly string[];
  fields: readonly string[];
  isDescending: boolean;
}

/** Where a page begins or ends: just after, or just before, the row of these values. */
export interface Place {
  side: 'after' | 'before';
  values: readonly string[];
}

export interface Page<Row> {
  rows: Row[];
  /** The values of the place to go on from; null where there is nothing more. */
  previous: readonly string[] | null;
  next: readonly string[] | null;
}

/** Counting stops here: "1 000+" is as good as the truth and a thousand times cheaper. */
export const MOST_COUNTED = 1000;

/** Adds order, limit (one more than shown) and place to a statement. Rows that come or go elsewhere move nothing. */
export function paginate<Builder extends Knex.QueryBuilder>(
  builder: Builder,
  order: Order,
  { place, size }: { place: Place | null; size: number },
): Builder {
  const isBackwards = place?.side === 'before';
  const isDescending = order.isDescending !== isBackwards;
  for (const column of order.columns) builder.orderBy(column, isDescending ? 'desc' : 'asc');
  if (place) {
    const marks = place.values.map(() => '?').join(', ');
    const columns = order.columns.map(() => '??').join(', ');
    builder.whereRaw(`(${columns}) ${isDescending ? '<' : '>'} (${marks})`, [
      ...order.columns,
      ...place.values,
    ]);
  }
  builder.limit(size + 1);
  return builder;
}

/** What a statement that {@link paginate} prepared has answered, in the order asked for. */
export function pageOf<Row extends object>(
  answered: readonly Row[],
  order: Order,
  { place, size }: { place: Place | null; size: number },
): Page<Row> {
  const isBackwards = place?.side === 'before';
  const hasMore = answered.length > size;
  const rows = answered.slice(0, size);
  if (isBackwards) rows.reverse();
  const valuesOf = (row: Row | undefined) => (row ? order.fields.map((field) => valueOf(row, field)) : null);
  return {
    rows,
    previous: (isBackwards ? hasMore : place !== null) ? valuesOf(rows[0]) : null,
    next: (isBackwards ? true : hasMore) ? valuesOf(rows.at(-1)) : null,
  };
}

/** At most {@link MOST_COUNTED} + 1; `matching` names the rows to be counted. */
export function countUpTo(db: TenantDb, matching: Knex.QueryBuilder) {
  return db.raw('select count(*)::int as count from ? as counted', [
    upToMost(db, matching),
  ]) as unknown as Knex.Raw<{ rows: { count: number }[] }>;
}

/** No more rows than are worth counting, and nothing in them. */
export function upToMost(db: TenantDb, matching: Knex.QueryBuilder): Knex.QueryBuilder {
  return matching
    .clearSelect()
    .clearOrder()
    .select(db.raw('1'))
    .limit(MOST_COUNTED + 1);
}

/** For an address: whoever alters a cursor, or takes it to another order, gets nothing. */
export function writeCursor(values: readonly string[], order: Order, key: string): string {
  const payload = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${payload}.${sign(payload, order, key)}`;
}

/** The values of a cursor that one of the keys has signed for this order, else undefined. */
export function readCursor(text: string, order: Order, keys: readonly string[]): string[] | undefined {
  const [payload = '', signature = ''] = text.split('.');
  if (!keys.some((key) => isSame(signature, sign(payload, order, key)))) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as string[];
}

function valueOf(row: object, field: string): string {
  return String((row as Record<string, unknown>)[field]);
}

function sign(payload: string, { name }: Order, key: string): string {
  return createHmac('sha256', key).update(`cursor\n${name}\n${payload}`).digest('base64url').slice(0, 22);
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
