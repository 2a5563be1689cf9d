import type { Knex } from 'knex';
import type { Filter, ListDb } from '../../database/list-filters.ts';
import type { CustomField } from './custom-field-queries.ts';
import { convertValue, fieldTypes, normaliseValue } from './field-types.ts';

/** Finds the rows of an entity by a value of a custom field. `column` has their ids: `u.id`. */
export type FieldCondition = (rows: Knex.QueryBuilder, column: string, db: ListDb) => void;

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
  const entries = searchableFields(fields).map(
    (field) => [field.code, (text: string) => fieldCondition(field, text)] as const,
  );
  return new Map(entries);
}

/** One filter for each field: `cf.size=Large`, several values for choices, `cf.born_on=2026-01-01..` for a range. */
export function fieldFilters(fields: readonly CustomField[], column: string): Record<string, Filter> {
  const entries = searchableFields(fields).map((field) => [`cf.${field.code}`, fieldFilter(field, column)]);
  return Object.fromEntries(entries) as Record<string, Filter>;
}

function fieldFilter(field: CustomField, column: string): Filter {
  return {
    isMultiple: fieldTypes[field.type].compare === 'equal',
    parse: (text) => (fieldCondition(field, text) ? text : undefined),
    apply: (rows, values, { db }) => {
      void rows.where((any) => {
        for (const value of values) void any.orWhere((one) => fieldCondition(field, value)!(one, column, db));
      });
    },
  };
}

function fieldCondition(field: CustomField, text: string): FieldCondition | undefined {
  const bounds = boundsOf(field, text);
  if (bounds.length === 0) return undefined;
  const conditions = bounds.map(([operator]) => `and x.value_norm ${operator} ?`).join(' ');
  return (rows, column, db) => {
    void rows.whereRaw(
      `?? in (select x.entity_id from custom_field_values_index x
         where x.tenant_id = ? and x.custom_field_id = ? ${conditions})`,
      [column, db.tenantId!, field.id, ...bounds.map(([, bound]) => bound)],
    );
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
function indexedText({ type, choices }: CustomField, text: string): string | undefined {
  const listed = choices.find(
    (choice) => normaliseValue(type, choice)[0] === fieldTypes[type].normalise(text),
  );
  const value = convertValue({ type, choices }, listed ?? text);
  return value === undefined ? undefined : normaliseValue(type, value)[0];
}
