import type { CustomField } from '../domain/custom-field/custom-field-queries.ts';
import { fieldColumns } from '../domain/custom-field/field-columns.ts';
import { FIELD_PREFIX } from '../domain/custom-field/field-list.ts';
import { choicesOf, searchableFields } from '../domain/custom-field/field-search.ts';
import { fieldTypes, formatValue, type ValueFormat } from '../domain/custom-field/field-types.ts';
import { readCustom } from '../domain/custom-field/form-fields.ts';
import { headingsOfKind } from '../domain/import/kinds.ts';
import { normalise } from '../domain/import/match-columns.ts';
import { truncate } from '../truncate.ts';
import type { Cell, Column } from './list-columns.ts';
import type { Control } from './list-controls.ts';

/** Files have no formatted values. */
const PLAIN: ValueFormat = { locale: 'en', t: (text) => text };

const looks = { text: 'clip', number: 'num', date: 'nowrap' } as const;

/**
 * The columns of custom fields, shown only when they are chosen. In a file, a title that is also the heading of another
 * column is replaced by the name of the column, so that an import does not take one for the other.
 */
export function customColumns<Row extends { id: string }>(
  fields: readonly CustomField[],
  columns: readonly Column<Row>[],
  format = PLAIN,
): Column<Row>[] {
  const all = fieldColumns(fields);
  const headings = [...all.map(({ heading }) => heading), ...columns.flatMap(headingsOf)].map(normalise);
  const taken = fields.flatMap(({ entity }) => headingsOfKind(entity));
  const isRepeated = (heading: string) =>
    taken.includes(normalise(heading)) || headings.filter((each) => each === normalise(heading)).length > 1;
  return all.map(({ name, heading, kind, is_secret, text, csv }) => ({
    name,
    heading,
    is_title: true,
    is_extra: true,
    look: looks[kind],
    ...(is_secret && { is_secret, permission: 'custom_fields.reveal' }),
    cell: (row): Cell => ({ value: shortened(text(readCustom(customOf(row)), format)) }),
    csv: () => [
      {
        heading: isRepeated(heading) ? name : heading,
        value: (row, { secretKeys }) => csvCell(csv(customOf(row), secretKeys), kind),
      },
    ],
  }));
}

/** Of the column in a file. */
function headingsOf<Row>({ heading, csv }: Column<Row>): string[] {
  const shown = { heading, value: () => null };
  return (csv?.(shown) ?? [shown]).map((each) => each.heading);
}

/** Whether the rows of a list must have the values of custom fields. */
export function hasCustomColumn(columns: readonly { name: string }[]): boolean {
  return columns.some(({ name }) => name.startsWith(FIELD_PREFIX));
}

/** The page of the row has the whole text. */
const MAX_SHOWN = 200;

function shortened(text: string | null): string | null {
  return text !== null && text.length > MAX_SHOWN ? `${truncate(text, MAX_SHOWN)}…` : text;
}

/** Rows have the values when a column of theirs is chosen. */
function customOf(row: { id: string }) {
  return row as { id: string; custom: unknown };
}

/** A value that was stored before its field was a number is a text. */
function csvCell(text: string | null, kind: keyof typeof looks) {
  return text !== null && kind === 'number' && /^-?\d+(\.\d+)?$/.test(text) ? { decimal: text } : text;
}

/** The filters of custom fields. */
export function customControls<Loaded>(
  fields: readonly CustomField[],
  format: ValueFormat,
): Control<string, Loaded>[] {
  return searchableFields(fields).map((field) => {
    const { type, code, title: label } = field;
    const base = { name: `${FIELD_PREFIX}${code}`, label, is_title: true };
    const { compare } = fieldTypes[type];
    if (compare === 'prefix') return { ...base, kind: 'text' };
    if (compare === 'range') return { ...base, kind: 'range', input: type === 'date' ? 'date' : 'decimal' };
    const data = choicesOf(field).map((value) => ({ value, label: formatValue(type, value, format) }));
    return { ...base, kind: 'many', data: () => data };
  });
}
