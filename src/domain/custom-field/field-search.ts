import type { Knex } from 'knex';
import type { Filter, ListDb } from '../../database/list-filters.ts';
import { MAX_CANDIDATES, type SearchCondition } from '../search/read-search.ts';
import type { CustomField } from './custom-field-queries.ts';
import { convertValue, fieldTypes, normaliseValue, submittedTexts } from './field-types.ts';

/** Finds the rows of an entity by a value of a custom field. */
export type FieldCondition = (rows: Knex.QueryBuilder, db: ListDb, names: JoinNames) => void;

interface JoinNames {
  /** The column with the ids of the rows: `u.id`. */
  column: string;
  /** Of the joined rows. */
  alias: string;
}

type Bound = readonly ['=' | '>=' | '<=' | '<', string];

/** After every text that begins with it. */
const LAST_CHARACTER = '\u{10ffff}';

/** The fields that lists can be filtered and searched by. */
export function searchableFields(fields: readonly CustomField[]): CustomField[] {
  return fields.filter(
    ({ is_searchable, is_secret, retired_at }) => is_searchable && !is_secret && retired_at === null,
  );
}

/** By the code of the field, for a search like `gate_code:north`. Undefined for a text that is no value of the field. */
export function fieldSearch(
  fields: readonly CustomField[],
): ReadonlyMap<string, (text: string) => FieldCondition | undefined> {
  const entries = searchableFields(fields).map((field) => {
    const find = (text: string): FieldCondition | undefined =>
      boundsOf(field, text).length === 0
        ? undefined
        : (rows, db, names) => joinIndex(rows, db, names, { field, texts: [text] });
    return [field.code, find] as const;
  });
  return new Map(entries);
}

/** The same for a search that finds ids. `column` has the ids of the rows: `u.id`. */
export function fieldConditions(
  fields: readonly CustomField[],
  column: string,
): ReadonlyMap<string, (text: string) => SearchCondition | undefined> {
  const entries = searchableFields(fields).map(
    (field) => [field.code, (text: string) => searchCondition(field, text, column)] as const,
  );
  return new Map(entries);
}

/** One filter for each field: `cf.size=Large`, several values for choices, `cf.born_on=2026-01-01..` for a range. */
export function fieldFilters(fields: readonly CustomField[], column: string): Record<string, Filter> {
  const entries = searchableFields(fields).map((field) => [`cf.${field.code}`, fieldFilter(field, column)]);
  return Object.fromEntries(entries) as Record<string, Filter>;
}

function fieldFilter(field: CustomField, column: string): Filter {
  const { compare } = fieldTypes[field.type];
  return {
    isMultiple: compare === 'equal',
    isRange: compare === 'range',
    isText: compare === 'prefix',
    ...(compare === 'equal' && { choices: choicesOf(field) }),
    parse: (text) => parseFilter(field, text),
    apply: (rows, texts, { db }) => {
      const [alias] = column.split('.');
      if (texts.some((text) => hasDouble(field, text)))
        void rows.whereRaw('jsonb_exists_any(?? -> ?::text, ?::text[])', [
          `${alias!}.custom`,
          field.code,
          [...texts],
        ]);
      if (field.type !== 'choices' || texts.length === 1)
        return joinIndex(
          rows,
          db,
          { column, alias: `cf_${field.id.replaceAll('-', '_')}` },
          { field, texts },
        );
      // A row with two of the choices is found once.
      const { sql, bindings } = indexedRows(db, { field, texts });
      void rows.whereRaw(`?? in (select x.entity_id from custom_field_values_index x where ${sql})`, [
        column,
        ...bindings,
      ]);
    },
  };
}

/** Whether the index has another choice by the same text, such as `A-` beside `A`. */
function hasDouble({ type, choices }: CustomField, text: string): boolean {
  if (!fieldTypes[type].hasChoices) return false;
  const { normalise } = fieldTypes[type];
  return choices.some((choice) => choice !== text && normalise(choice) === normalise(text));
}

/** The values of a multiple filter. */
export function choicesOf({ type, choices }: Pick<CustomField, 'type' | 'choices'>): readonly string[] {
  return type === 'yes_no' ? ['yes', 'no'] : choices;
}

/** Equal filters have equal texts. */
function parseFilter(field: CustomField, text: string): string | undefined {
  const { compare } = fieldTypes[field.type];
  if (compare === 'prefix') return boundsOf(field, text).length > 0 ? text : undefined;
  if (compare === 'equal') return valueText(field, text);
  const ends = text.split('..').map((end) => (end.trim() === '' ? '' : valueText(field, end.trim())));
  const range = ends.length === 1 ? [ends[0], ends[0]] : ends;
  if (range.length !== 2 || range.includes(undefined)) return undefined;
  return isRange(boundsOf(field, range.join('..'))) ? range.join('..') : undefined;
}

function isRange([first, last]: readonly Bound[]): boolean {
  return first !== undefined && (last === undefined || first[1] <= last[1]);
}

function searchCondition(field: CustomField, text: string, column: string): SearchCondition | undefined {
  const bounds = boundsOf(field, text);
  if (bounds.length === 0) return undefined;
  const given = { field, texts: [text] };
  const isEqual = bounds.some(([operator]) => operator === '=');
  return {
    ids: (db) => {
      const { sql, bindings } = indexedRows(db, given);
      // The index has the ids of one value in this order.
      const newest = isEqual ? 'order by x.entity_id desc' : '';
      return db.raw(
        `select x.entity_id as id from custom_field_values_index x where ${sql} ${newest} limit ${MAX_CANDIDATES}`,
        bindings,
      );
    },
    reach: fieldTypes[field.type].compare === 'prefix' ? 'narrow' : 'broad',
    where: (db) => {
      const { sql, bindings } = indexedRows(db, given);
      return db.raw(`exists (select from custom_field_values_index x where ${sql} and x.entity_id = ??)`, [
        ...bindings,
        column,
      ]);
    },
  };
}

interface Condition {
  field: CustomField;
  /** Any of them. */
  texts: readonly string[];
}

/**
 * A row has one value of a field, or the condition is one value. A join then finds the rows once, and lets the planner
 * begin with the index in the order of ids, or with the rows in the order of the list.
 */
function joinIndex(
  rows: Knex.QueryBuilder,
  db: ListDb,
  { column, alias }: JoinNames,
  condition: Condition,
): void {
  const { sql, bindings } = indexedRows(db, condition, alias);
  void rows.joinRaw(`join custom_field_values_index as ${alias} on ${alias}.entity_id = ?? and ${sql}`, [
    column,
    ...bindings,
  ]);
}

function indexedRows(db: ListDb, { field, texts }: Condition, alias = 'x') {
  const bounds = texts.map((text) => boundsOf(field, text));
  const isOneOf = bounds.length > 1;
  const values = bounds.flatMap((each) => each.map(([, bound]) => bound));
  const conditions = isOneOf
    ? [`${alias}.value_norm in (${values.map(() => '?').join(', ')})`]
    : bounds[0]!.map(([operator]) => `${alias}.value_norm ${operator} ?`);
  return {
    sql: [`${alias}.tenant_id = ?`, `${alias}.custom_field_id = ?`, ...conditions].join(' and '),
    bindings: [db.tenantId!, field.id, ...values],
  };
}

/** Of the indexed texts. None for a text that is no value of the field. */
function boundsOf(field: CustomField, text: string): Bound[] {
  const { compare, normalise } = fieldTypes[field.type];
  if (compare === 'prefix') {
    const beginning = normalise(text);
    return beginning === ''
      ? []
      : [
          ['>=', beginning],
          ['<', beginning + LAST_CHARACTER],
        ];
  }
  if (compare === 'range' && text.includes('..')) return rangeOf(field, text.split('..'));
  const value = indexedText(field, text);
  return value === undefined ? [] : [['=', value]];
}

/** Either end may be missing, and both are included. */
function rangeOf(field: CustomField, ends: readonly string[]): Bound[] {
  const [first, last] = ends.map((end) => (end === '' ? '' : indexedText(field, end)));
  if (ends.length !== 2 || first === undefined || last === undefined) return [];
  return [...(first ? [['>=', first] as const] : []), ...(last ? [['<=', last] as const] : [])];
}

/** Undefined for a text that the field would refuse. */
function indexedText(field: CustomField, text: string): string | undefined {
  const value = valueText(field, text);
  return value === undefined ? undefined : normaliseValue(field.type, value)[0];
}

/** As the field would store the text. */
function valueText({ type, choices }: CustomField, text: string): string | undefined {
  const isLike = (choice: string) => normaliseValue(type, choice)[0] === fieldTypes[type].normalise(text);
  const listed = choices.includes(text) ? text : choices.find(isLike);
  const value = convertValue({ type, choices }, listed ?? text);
  return value === undefined ? undefined : submittedTexts(value)[0];
}
