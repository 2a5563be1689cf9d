import type { CustomField } from './custom-field-queries.ts';
import { formatValue, submittedTexts, type ValueFormat } from './field-types.ts';
import { readCustom, type StoredValues } from './form-fields.ts';
import { MASKED, unsealValue } from './store-values.ts';

/** A column of a list and of its file, for rows with the column `custom`. */
export interface FieldColumn {
  name: `cf.${string}`;
  heading: string;
  kind: 'text' | 'number' | 'date';
  is_secret: boolean;
  /** As pages show it. Null without a value. */
  text: (stored: StoredValues, format: ValueFormat) => string | null;
  /** In a file: a number as a plain decimal, a day as `YYYY-MM-DD`, and secrets as they were entered. */
  csv: (row: { id: string; custom: unknown }, secretKeys: readonly string[]) => string | null;
}

/** Without retired fields. */
export function fieldColumns(fields: readonly CustomField[]): FieldColumn[] {
  const shown = fields.filter(({ retired_at }) => retired_at === null);
  return shown.map(({ id, code, title, type, is_secret }) => ({
    name: `cf.${code}`,
    heading: title,
    kind: type === 'number' || type === 'date' ? type : 'text',
    is_secret,
    text: (stored, format) => {
      const value = stored[code];
      if (value === undefined) return null;
      return is_secret ? MASKED : formatValue(type, value, format);
    },
    csv: (row, secretKeys) => {
      const value = readCustom(row)[code];
      if (value === undefined) return null;
      const text = submittedTexts(value).join(', ');
      return is_secret ? (unsealValue(secretKeys, row.id, { id }, text) ?? MASKED) : text;
    },
  }));
}
