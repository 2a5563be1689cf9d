import * as z from 'zod';
import { canonicalTimeZone } from '../../locales/time-zones.ts';
import { hasCardNumber } from '../text/card-number.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { cleanLine, cleanText } from '../text/pasted-text.ts';
import { cleanPhone, isPhoneNumber } from '../text/phone-number.ts';
import { code } from './parse-values.ts';

/** Refuses lone surrogates, because UTF-8 has no bytes for them and PostgreSQL would not store the same text. */
export function text() {
  return z.string().refine((value) => value.isWellFormed(), code('invalid'));
}

export function line(max = 200) {
  return oneLine(max).pipe(z.string().min(1, code('required')));
}

/** Null for an empty text. */
export function optionalLine(max = 200) {
  return oneLine(max)
    .transform((text) => text || null)
    .nullable()
    .default(null);
}

export function email() {
  return text()
    .transform(cleanLine)
    .pipe(
      z.string().transform((text, context) => parseEmailAddress(text) ?? refuseEmailAddress(text, context)),
    );
}

/** Null for an empty text. */
export function optionalEmail() {
  return text()
    .nullable()
    .default(null)
    .transform((address) => cleanLine(address ?? '') || null)
    .pipe(email().nullable());
}

/** Null for an empty text. Line breaks become `\n`. */
export function optionalLines(max: number) {
  return text()
    .transform((lines) => cleanText(lines) || null)
    .refine((lines) => lines === null || lines.length <= max, code('too_long', { max }))
    .nullable()
    .default(null);
}

/** Lines, as they are printed on invoices. */
export function address() {
  return optionalLines(500);
}

/** Customers type them into comments. They must not be stored. */
export function withoutCardNumber<Field extends z.ZodType<string | null>>(field: Field) {
  return field.refine((text) => text === null || !hasCardNumber(text), code('has_card_number'));
}

/** The current name of the time zone. */
export function timeZone() {
  return text().transform((name, context) => canonicalTimeZone(cleanLine(name)) ?? refuseValue(context));
}

export function phone() {
  return optionalLine(40)
    .transform((text) => text && cleanPhone(text))
    .refine((text) => text === null || isPhoneNumber(text), code('invalid_phone'));
}

/** Several lines. */
export function paragraphs(max: number) {
  return text()
    .transform(cleanText)
    .pipe(
      z
        .string()
        .min(1, code('required'))
        .refine((text) => text.length <= max, code('too_long', { max })),
    );
}

/** As it was typed. The password policy is checked separately. */
export function password() {
  return text().min(1, code('required'));
}

export function checkbox() {
  return z.boolean().default(false);
}

export function list() {
  return z.array(text().max(200)).max(100);
}

/** The version of the row that the user has seen. */
export function version() {
  return z.int(code('invalid')).min(0).max(999_999_999);
}

function refuseEmailAddress(text: string, context: z.RefinementCtx): never {
  return refuseValue(context, text === '' ? code('required') : code('invalid_email'));
}

function refuseValue(context: z.RefinementCtx, { error } = code('invalid')): never {
  context.addIssue({ code: 'custom', message: error });
  return z.NEVER;
}

function oneLine(max: number) {
  return text()
    .transform(cleanLine)
    .pipe(
      z
        .string()
        .refine((text) => text.length <= max, code('too_long', { max }))
        .refine((text) => !hasControlCharacter(text), code('several_lines')),
    );
}

function hasControlCharacter(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are refused
  return /[\u0000-\u001f\u007f]/.test(text);
}
