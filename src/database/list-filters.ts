import type { Knex } from 'knex';
import type { TableRef } from './columns.ts';
import { toAsciiDigits } from '../digits.ts';
import { isId } from './new-id.ts';
import type { Viewer } from './scope.ts';

export interface ListDb {
  /** Of a tenant. */
  readonly tenantId?: string;
  readonly viewer?: Viewer;
  /** SQL, see `timeOf`. */
  readonly now: string;
  visible(table: TableRef): Knex.QueryBuilder;
  raw<Value>(sql: string, bindings?: readonly Knex.RawBinding[]): Knex.Raw<Value>;
}

export interface FilterContext {
  db: ListDb;
  /** In which the days of a filter begin and end. */
  time_zone: string;
  /** The values of all filters of the query. */
  filters: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Reads the URL parameter of its name in the list. */
export interface Filter<Value extends string = string, IsMultiple extends boolean = boolean> {
  /** When false, only the first value of a repeated parameter counts. */
  isMultiple: IsMultiple;
  /** A form may give the ends of the range as parameters of their own, see `endName`. */
  isRange?: boolean;
  /** The value is a text that may name a person. */
  isText?: boolean;
  /** All values of a multiple filter, in the order of the canonical query. */
  choices?: readonly Value[];
  /** Returns undefined for an invalid value. */
  parse(text: string): Value | undefined;
  /** Receives one value unless the filter is multiple. */
  apply(rows: Knex.QueryBuilder, values: readonly Value[], context: FilterContext): void;
}

type Apply<Value extends string> = (rows: Knex.QueryBuilder, value: Value, context: FilterContext) => void;

/** `apply` is a function or the column that has the value. */
export function oneOf<const Value extends string>(
  values: readonly Value[],
  apply: string | Apply<Value>,
): Filter<Value, false> {
  return { ...manyOf(values, apply), isMultiple: false };
}

/** Finds the rows of each value. `apply` is a function or the column that has the value. */
export function manyOf<const Value extends string>(
  values: readonly Value[],
  apply: string | Apply<Value>,
): Filter<Value, true> {
  return {
    isMultiple: true,
    choices: values,
    parse: (text) => values.find((value) => value === text),
    apply: (rows, given, context) => {
      if (given.length === 1) applyOne(rows, apply, given[0]!, context);
      else if (typeof apply === 'string') void rows.whereIn(apply, given);
      else void rows.where((any) => orEach(any, given, (one, value) => apply(one, value, context)));
    },
  };
}

export function id(apply: string | Apply<string>): Filter<string, false> {
  return {
    isMultiple: false,
    parse: (text) => (isId(text) ? text : undefined),
    apply: (rows, [value], context) => applyOne(rows, apply, value!, context),
  };
}

/** Finds the rows of each id. `apply` is a function or the column that has the id. */
export function ids(
  apply: string | ((rows: Knex.QueryBuilder, ids: readonly string[], context: FilterContext) => void),
): Filter<string, true> {
  return {
    isMultiple: true,
    parse: (text) => (isId(text) ? text : undefined),
    apply: typeof apply === 'string' ? (rows, given) => void rows.whereIn(apply, given) : apply,
  };
}

/** Two filters, `from` and `to`: the first and the last day, inclusive, of a timestamptz column. */
export function dateRange(column: string): { from: Filter<string, false>; to: Filter<string, false> } {
  // Constant bounds let the planner skip the partitions of other months.
  return {
    from: day((rows, date, { time_zone }) => {
      void rows.whereRaw('?? >= (?::date)::timestamp at time zone ?', [column, date, time_zone]);
    }),
    to: day((rows, date, { time_zone }) => {
      void rows.whereRaw('?? < (?::date + 1)::timestamp at time zone ?', [column, date, time_zone]);
    }),
  };
}

/** Days, inclusive: `2026-10-01..2026-10-31`, of which one may be missing. `column` has ids, which sort by creation time. */
export function createdRange(column: string): Filter<string, false> {
  const start = (day: string) =>
    `rpad(lpad(to_hex(greatest(extract(epoch from (${day})::timestamp at time zone ?) * 1000, 0)::bigint), 12, '0'), 32, '0')::uuid`;
  return dayRange((rows, { from, to }, { time_zone }) => {
    if (from) void rows.whereRaw(`?? >= ${start('?::date')}`, [column, from, time_zone]);
    if (to) void rows.whereRaw(`?? < ${start('?::date + 1')}`, [column, to, time_zone]);
  });
}

/** The same for a column of days. */
export function daysBetween(column: string): Filter<string, false> {
  return dayRange((rows, { from, to }) => {
    if (from) void rows.where(column, '>=', from);
    if (to) void rows.where(column, '<=', to);
  });
}

interface Days {
  from: string;
  to: string;
}

/** The ends of the value of a range; '' where one is missing. */
function endsOf(value: string): Days {
  const [from = '', to = ''] = value.split('..');
  return { from, to };
}

function dayRange(
  apply: (rows: Knex.QueryBuilder, days: Days, context: FilterContext) => void,
): Filter<string, false> {
  return {
    isMultiple: false,
    isRange: true,
    parse: parseDays,
    apply: (rows, [value], context) => apply(rows, endsOf(value!), context),
  };
}

function parseDays(text: string): string | undefined {
  const ends = text.split('..').map((end) => (end.trim() === '' ? '' : parseDay(end.trim())));
  if (ends.length !== 2 || ends.includes(undefined)) return undefined;
  const [from, to] = ends as [string, string];
  if (from === '' && to === '') return undefined;
  return from === '' || to === '' || from <= to ? `${from}..${to}` : undefined;
}

function day(apply: Apply<string>): Filter<string, false> {
  return {
    isMultiple: false,
    parse: parseDay,
    apply: (rows, [date], context) => apply(rows, date!, context),
  };
}

function applyOne<Value extends string>(
  rows: Knex.QueryBuilder,
  apply: string | Apply<Value>,
  value: Value,
  context: FilterContext,
): void {
  if (typeof apply === 'string') void rows.where(apply, value);
  else apply(rows, value, context);
}

function orEach<Value>(
  any: Knex.QueryBuilder,
  values: readonly Value[],
  apply: (one: Knex.QueryBuilder, value: Value) => void,
): void {
  for (const value of values) void any.orWhere((one) => apply(one, value));
}

const commonTimeZones: ReadonlySet<string> = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);

export function isTimeZone(name: string): boolean {
  // To create a DateTimeFormat takes longer than to read a page of a list.
  if (commonTimeZones.has(name)) return true;
  if (!/^[A-Za-z][A-Za-z0-9]*([/_+-][A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function parseDay(text: string): string | undefined {
  const date = toAsciiDigits(text);
  return isCalendarDate(date) ? date : undefined;
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text >= '1900';
}
