import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { MASKED } from '../custom-field/store-values.ts';
import { customCell, type CellParser } from './cells.ts';
import type { ImportOptions } from './import.ts';

/** By the names of columns. */
export function customParsers(
  fields: readonly CustomField[],
  options: ImportOptions,
): Record<string, CellParser> {
  return Object.fromEntries(
    fields.map((field) => {
      const parser = customCell(field, options);
      const clears = (options.clears_empty ?? false) && !field.is_required;
      return [`cf.${field.code}`, { ...(field.is_secret ? keepingMasked(parser) : parser), clears }];
    }),
  );
}

/** The mask that stands for a secret in an export leaves it as it is. */
export function keepingMasked(parser: CellParser): CellParser {
  return {
    is_secret: true,
    parse: (text) => (text === MASKED ? { value: null } : parser.parse(text)),
  };
}
