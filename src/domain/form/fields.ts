import { z } from 'zod';
import { parseEmailAddress } from '../text/email-address.ts';
import { isPhoneNumber } from '../text/phone-number.ts';

/** `missing` is the error message for an empty field. */
export function line(missing: string, max = 200) {
  return oneLine(max).pipe(z.string().min(1, { error: missing }));
}

export function optionalLine(max = 200) {
  return oneLine(max).transform((text) => text || null);
}

export function email(missing = 'Enter your email address') {
  return z
    .string()
    .transform((text) => text.trim())
    .pipe(
      z
        .string()
        .min(1, { error: missing, abort: true })
        .transform((text, context) => parseEmailAddress(text) ?? refuseEmailAddress(context)),
    );
}

export function phone() {
  return optionalLine(40).refine((text) => text === null || isPhoneNumber(text), {
    error: 'Enter a phone number, like +44 20 7946 0000',
  });
}

/** Not trimmed. The password policy is checked separately. */
export function password(missing: string) {
  return z.string().min(1, { error: missing });
}

export function checkbox() {
  return z.string().transform((text) => text !== '');
}

export function list() {
  return z.array(z.string().max(200)).max(100);
}

function refuseEmailAddress(context: z.RefinementCtx): never {
  context.addIssue({
    code: 'custom',
    message: 'Enter an email address in the correct format, like name@example.com',
  });
  return z.NEVER;
}

function oneLine(max: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .refine((text) => text.length <= max, { error: 'Use {max} characters or fewer', params: { max } })
        .refine((text) => !/[\r\n\t]/.test(text), { error: 'Use one line' }),
    );
}
