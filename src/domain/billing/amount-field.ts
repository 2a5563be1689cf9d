import * as z from 'zod';
import { toDecimal } from '../../locales/currencies.ts';
import { text } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { amountStep, isAboveMaximum, MAX_AMOUNT, parseAmount } from './money.ts';

/** An amount above 0 in minor units. */
export function amount(currency: string) {
  return optionalAmount(currency).transform((value, context) => value ?? refuse(context, code('required')));
}

/** Null for an empty text. */
export function optionalAmount(currency: string) {
  return signedAmount(currency).refine((value) => value === null || value > 0n, code('amount_too_small'));
}

/** 0 for an empty text. */
export function amountFromZero(currency: string) {
  return signedAmount(currency)
    .transform((value) => value ?? 0n)
    .refine((value) => value >= 0n, code('amount_negative'));
}

/** Null for an empty text. May be negative. */
export function signedAmount(currency: string) {
  const example = toDecimal(1250n, currency);
  const step = amountStep(currency);
  const invalid =
    step === 1n
      ? code('invalid_amount', { example })
      : code('invalid_amount_in_steps', { example, step: toDecimal(step, currency) });
  const tooLarge = code('amount_too_large', { max: toDecimal(MAX_AMOUNT, currency) });
  return text()
    .transform(cleanLine)
    .transform((given, context) =>
      given === ''
        ? null
        : (parseAmount(given, currency) ??
          refuse(context, isAboveMaximum(given, currency) ? tooLarge : invalid)),
    );
}

function refuse(context: z.RefinementCtx, { error, params }: ReturnType<typeof code>): never {
  context.addIssue({ code: 'custom', message: error, ...(params && { params }) });
  return z.NEVER;
}
