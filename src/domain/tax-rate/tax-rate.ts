import * as z from 'zod';
import { formatDecimal, parseDecimal } from '../billing/money.ts';
import { checkbox, line, text } from '../form/fields.ts';
import { code as errorCode } from '../form/parse-values.ts';
import { cleanLine } from '../text/pasted-text.ts';

/** Of a percentage, so that it is a whole number of millionths. */
const PERCENT_DIGITS = 4;
const MAX_PPM = 1_000_000;

const CODE_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/-]*$/u;

/** A percentage like `8.875`, in millionths. */
function percent() {
  return optionalPercent({ min: 0 }).transform(
    (ppm, context) => ppm ?? refuse(context, errorCode('required')),
  );
}

/** Null for an empty text. */
export function optionalPercent({ min = 1 } = {}) {
  return text().transform((given, context) => {
    if (cleanLine(given) === '') return null;
    const number = cleanLine(given)
      .replace(/[%\u066a]\s*$/u, '')
      .replace(',', '.');
    const ppm = parseDecimal(number, PERCENT_DIGITS);
    if (ppm === undefined || ppm < min || ppm > MAX_PPM) return refuse(context, errorCode('invalid_percent'));
    return Number(ppm);
  });
}

function refuse(context: z.RefinementCtx, { error }: ReturnType<typeof errorCode>): never {
  context.addIssue({ code: 'custom', message: error });
  return z.NEVER;
}

/** `8.875` of 88750 millionths. */
export function toPercent(ppm: number): string {
  return formatDecimal(ppm, PERCENT_DIGITS);
}

export const newTaxRateSchema = z.object({
  code: line(20).refine((code) => CODE_PATTERN.test(code), errorCode('invalid_tax_code')),
  name: line(100),
  rate: percent(),
  is_inclusive: checkbox(),
  is_default: checkbox(),
});

export type NewTaxRateValues = z.infer<typeof newTaxRateSchema>;
