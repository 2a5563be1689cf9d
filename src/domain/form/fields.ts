import { z } from 'zod';
import { parseEmailAddress } from '../text/email-address.ts';

/** One line of text, trimmed; `missing` is said when it is empty. */
export function line(missing: string, most = 200) {
  return oneLine(most).pipe(z.string().min(1, { error: missing }));
}

/** One line of text or null. */
export function optionalLine(most = 200) {
  return oneLine(most).transform((text) => text || null);
}

/** One mailbox, in its normal form. */
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

/** A password as it came: not trimmed; its rules are the password policy's. */
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

function oneLine(most: number) {
  return z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .refine((text) => text.length <= most, { error: 'Use {most} characters or fewer', params: { most } })
        .refine((text) => !/[\r\n\t]/.test(text), { error: 'Use one line' }),
    );
}
