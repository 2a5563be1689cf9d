import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import { optionalAmount } from '../billing/amount-field.ts';
import { normaliseCode } from '../company/company.ts';
import { objectWithCustomFields, type SchemaRules } from '../custom-field/form-fields.ts';
import { checkbox, line, optionalLine, optionalLines, version } from '../form/fields.ts';
import { code as errorCode } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';

export type UnitStatus = Row<'units'>['status'];

export const unitStatuses = ['available', 'reserved', 'occupied', 'blocked'] as const satisfies UnitStatus[];

/** More digits than a number in a code has. */
const SORTED_DIGITS = 12;

/** The columns that are derived from the code. Write them together. */
export function unitCode(code: string) {
  const code_norm = normaliseCode(code);
  return {
    code,
    code_norm,
    code_sort: code_norm.replace(/\d+/g, (digits) => digits.padStart(SORTED_DIGITS, '0')),
  };
}

const MAX_CODE_LENGTH = 20;
export const MAX_CODES_LENGTH = 12_000;
const MAX_ACCESS_CODE_LENGTH = 40;

/** Letters of any script, digits, dots, dashes and slashes. */
const CODE_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/-]*$/u;

export function isUnitCode(text: string): boolean {
  return text.length <= MAX_CODE_LENGTH && CODE_PATTERN.test(text);
}

function optionalCode() {
  return optionalLine(MAX_CODE_LENGTH).refine(
    (text) => text === null || isUnitCode(text),
    errorCode('invalid_unit_code'),
  );
}

export const newUnitsSchema = cachedSchema(({ currency, rules }: SchemaRules) =>
  objectWithCustomFields(
    {
      site_id: line(),
      unit_type_id: line(),
      code: optionalCode(),
      last_code: optionalCode(),
      more_codes: optionalLines(MAX_CODES_LENGTH),
      price: optionalAmount(currency),
      access_code: optionalLine(MAX_ACCESS_CODE_LENGTH),
    },
    rules,
  ),
);

export const changedUnitSchema = cachedSchema(({ currency, rules }: SchemaRules) =>
  objectWithCustomFields(
    {
      unit_type_id: line(),
      code: line(MAX_CODE_LENGTH).refine(isUnitCode, errorCode('invalid_unit_code')),
      price: optionalAmount(currency),
      access_code: optionalLine(MAX_ACCESS_CODE_LENGTH),
      removes_access_code: checkbox(),
      version: version(),
    },
    rules,
  ),
);

export const blockSchema = z.object({
  reason: line(200),
  keeps_reservation: checkbox(),
});

export type NewUnitsValues = z.infer<ReturnType<typeof newUnitsSchema>>;
export type ChangedUnitValues = z.infer<ReturnType<typeof changedUnitSchema>>;
export type BlockValues = z.infer<typeof blockSchema>;
