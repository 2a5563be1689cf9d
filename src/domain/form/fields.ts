import * as z from 'zod';
import { canonicalTimeZone } from '../../locales/time-zones.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { isPhoneNumber } from '../text/phone-number.ts';
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
    .transform((text) => text.trim())
    .pipe(
      z
        .string()
        .min(1, { ...code('required'), abort: true })
        .transform((text, context) => parseEmailAddress(text) ?? refuseEmailAddress(context)),
    );
}

/** Null for an empty text. */
export function optionalEmail() {
  return text()
    .nullable()
    .default(null)
    .transform((address) => address?.trim() || null)
    .pipe(email().nullable());
}

/** Null for an empty text. Line breaks become `\n`. */
export function optionalLines(max: number) {
  return text()
    .transform((lines) => lines.normalize('NFC').replace(/\r\n?/g, '\n').trim() || null)
    .refine((lines) => lines === null || lines.length <= max, code('too_long', { max }))
    .nullable()
    .default(null);
}

/** The name of today of the time zone. */
export function timeZone() {
  return text().transform((name, context) => canonicalTimeZone(name.trim()) ?? refuseValue(context));
}

export function phone() {
  return optionalLine(40).refine((text) => text === null || isPhoneNumber(text), code('invalid_phone'));
}

/** Not trimmed. The password policy is checked separately. */
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

function refuseEmailAddress(context: z.RefinementCtx): never {
  return refuseValue(context, code('invalid_email'));
}

function refuseValue(context: z.RefinementCtx, { error } = code('invalid')): never {
  context.addIssue({ code: 'custom', message: error });
  return z.NEVER;
}

function oneLine(max: number) {
  return text()
    .transform((text) => text.normalize('NFC').trim())
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
