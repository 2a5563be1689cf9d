import type { Changes } from '../audit/audit.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { MAX_VALUES_LENGTH } from '../custom-field/custom-field.ts';
import { submittedTexts, type FieldValue } from '../custom-field/field-types.ts';
import { customFieldName, readCustom, type StoredValues } from '../custom-field/form-fields.ts';
import { MASKED, unsealValue } from '../custom-field/store-values.ts';
import { errorAt, MAX_SHOWN } from './cells.ts';
import type { ParsedRow, RowError } from './row.ts';

export interface CustomRows {
  fields: readonly CustomField[];
  secretKeys: readonly string[];
}

interface PlannedValues {
  /** By the codes of the fields. */
  values: Record<string, FieldValue | null>;
  changes: Changes;
}

/** The custom fields that the row changes. */
export function planCustomValues(
  { fields, secretKeys }: CustomRows,
  row: ParsedRow,
  { stored, errors }: { stored: { id: string; custom: unknown } | undefined; errors: RowError[] },
): PlannedValues {
  const before: StoredValues = stored ? readCustom(stored) : {};
  const planned: PlannedValues = { values: {}, changes: {} };
  let length = 0;
  for (const field of fields) {
    const old = before[field.code] ?? null;
    if (isAsExported(field, row, { old, errors })) continue;
    const value = row.values[`cf.${field.code}`] as FieldValue | null | undefined;
    if (value === undefined) continue;
    length += value === null ? 0 : submittedTexts(value).join('').length;
    if (isSame(field, { old, value, id: stored?.id, secretKeys })) continue;
    planned.values[field.code] = value;
    planned.changes[customFieldName(field)] = field.is_secret
      ? [old && MASKED, value && MASKED]
      : [old, value];
  }
  if (length > MAX_VALUES_LENGTH)
    errors.push(errorAt(row, '', { code: 'custom_values_too_long', params: { max: MAX_VALUES_LENGTH } }));
  return planned;
}

/** The stored value may be from before its field had the present type. Its error is removed then. */
function isAsExported(
  { code }: CustomField,
  { cells }: ParsedRow,
  { old, errors }: { old: FieldValue | null; errors: RowError[] },
): boolean {
  const text = old === null ? '' : submittedTexts(old).join(', ');
  const column = `cf.${code}`;
  if (text === '' || text.length >= MAX_SHOWN || cells[column] !== text) return false;
  const index = errors.findIndex((each) => each.column === column);
  if (index !== -1) errors.splice(index, 1);
  return true;
}

/** The required fields of a new record without a value. */
export function missingValues({ fields }: CustomRows, { values }: ParsedRow): Omit<RowError, 'value'>[] {
  return fields
    .filter(({ code, is_required }) => is_required && values[`cf.${code}`] === undefined)
    .map(({ code, title }) => ({ column: `cf.${code}`, code: 'custom_text_invalid', params: { title } }));
}

interface Compared {
  old: FieldValue | null;
  value: FieldValue | null;
  id: string | undefined;
  secretKeys: readonly string[];
}

function isSame(field: CustomField, { old, value, id, secretKeys }: Compared): boolean {
  if (value === null) return old === null;
  if (old === null || id === undefined) return false;
  if (field.is_secret) return unsealValue(secretKeys, id, field, old as string) === value;
  return JSON.stringify(old) === JSON.stringify(value);
}
