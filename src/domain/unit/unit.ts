import type { Row } from '../../database/tables.ts';
import { normaliseCode } from '../company/company.ts';

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
