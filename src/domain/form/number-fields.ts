import * as z from 'zod';
import { toAsciiDigits } from '../../digits.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { text } from './fields.ts';
import { code } from './parse-values.ts';

/** A whole number as it is typed, with digits of any script. */
export function wholeNumber(min: number, max: number) {
  return optionalWholeNumber(min, max).transform(
    (number, context) => number ?? refuse(context, code('required')),
  );
}

/** Null for an empty text. */
export function optionalWholeNumber(min: number, max: number) {
  return text().transform((given, context) =>
    cleanLine(given) === '' ? null : parseNumber(given, { min, max }, context),
  );
}

/** Numbers with commas between them, such as `3, 7, 14`. Each once, in ascending order. */
export function wholeNumbers(most: number, { min, max }: Range) {
  return text().transform((given, context) => {
    const parts = given.split(/[\s,;\u060c\u061b]+/).filter(Boolean);
    const numbers = parts.map((part) => parseNumber(part, { min, max }, context));
    if (new Set(numbers).size > most) refuse(context, code('too_many_numbers', { max: most }));
    return [...new Set(numbers)].sort((one, other) => one - other);
  });
}

interface Range {
  min: number;
  max: number;
}

function parseNumber(given: string, { min, max }: Range, context: z.RefinementCtx): number {
  const digits = toAsciiDigits(cleanLine(given));
  const number = /^\d{1,9}$/.test(digits) ? Number(digits) : -1;
  return number >= min && number <= max ? number : refuse(context, code('invalid_number', { min, max }));
}

function refuse(context: z.RefinementCtx, { error, params }: ReturnType<typeof code>): never {
  context.addIssue({ code: 'custom', message: error, ...(params && { params }) });
  return z.NEVER;
}
