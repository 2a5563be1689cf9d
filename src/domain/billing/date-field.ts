import { toAsciiDigits } from '../../digits.ts';
import { line, optionalLine } from '../form/fields.ts';
import { code, type FieldError } from '../form/parse-values.ts';
import { oneYearAfter } from './billing-period.ts';
import { isCivilDate, type CivilDate } from './civil-date.ts';

/** A day that exists. */
export function civilDate() {
  return line(20).transform(toAsciiDigits).refine(isCivilDate, code('invalid_date'));
}

/** Null for an empty text. */
export function optionalCivilDate() {
  return optionalLine(20)
    .transform((day) => day && toAsciiDigits(day))
    .refine((day) => day === null || isCivilDate(day), code('invalid_date'));
}

/** Of a day from today to a year later. */
export function comingDayError(field: string, day: CivilDate, today: CivilDate): FieldError | undefined {
  if (day < today) return { field, code: 'date_in_past' };
  return day > oneYearAfter(today) ? { field, code: 'date_too_late' } : undefined;
}

/** Of a day from a year ago to today. */
export function pastDayError(field: string, day: CivilDate, today: CivilDate): FieldError | undefined {
  if (day > today) return { field, code: 'date_in_future' };
  return oneYearAfter(day) < today ? { field, code: 'date_too_early' } : undefined;
}
