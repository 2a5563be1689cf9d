import type { CustomField } from './custom-field-queries.ts';
import { formatValue, submittedTexts, type ValueFormat } from './field-types.ts';
import type { StoredValues } from './form-fields.ts';

/** A column of a list and of its file, for rows with the column `custom`. */
export interface FieldColumn {
  name: `cf.${string}`;
  heading: string;
  kind: 'text' | 'number' | 'date';
  /** As pages show it. Null without a value. */
  text: (stored: StoredValues, format: ValueFormat) => string | null;
  /** In a file: a number as a plain decimal, a day as `YYYY-MM-DD`. */
  csv: (stored: StoredValues) => string | null;
}

/** Without secret and retired fields. */
export function fieldColumns(fields: readonly CustomField[]): FieldColumn[] {
  const shown = fields.filter(({ is_secret, retired_at }) => !is_secret && retired_at === null);
  return shown.map(({ code, title, type }) => ({
    name: `cf.${code}`,
    heading: title,
    kind: type === 'number' || type === 'date' ? type : 'text',
    text: (stored, format) => {
      const value = stored[code];
      return value === undefined ? null : formatValue(type, value, format);
    },
    csv: (stored) => {
      const value = stored[code];
      return value === undefined ? null : submittedTexts(value).join(', ');
    },
  }));
}
