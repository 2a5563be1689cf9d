import * as z from 'zod';
import { tables } from '../../database/tables.ts';
import { toAsciiDigits } from '../../digits.ts';
import { checkbox, line, optionalLine, optionalLines, text, version } from '../form/fields.ts';
import { optionalWholeNumber, wholeNumber, wholeNumbers } from '../form/number-fields.ts';
import { code } from '../form/parse-values.ts';
import { cleanLine } from '../text/pasted-text.ts';
import type { BillingSettings } from './billing-settings.ts';

const { cycle, proration, first_invoice, move_out_credit, billing_trigger, invoice_per } =
  tables.billing_settings;

const MAX_REASONS = 20;
const MAX_REASON_LENGTH = 100;
const MAX_BANK_DETAILS = 1000;
/** Of the texts of several lines. */
export const MAX_TEXTS_LENGTH = MAX_REASONS * MAX_REASON_LENGTH + MAX_BANK_DETAILS;

/** Every setting as a form and the command line send it: text, except of checkboxes. */
const fields = {
  cycle: z.enum(cycle, code('invalid')),
  invoice_day: wholeNumber(1, 31),
  days_ahead: wholeNumber(0, 30),
  proration: z.enum(proration, code('invalid')),
  first_invoice: z.enum(first_invoice, code('invalid')),
  stub_and_next_from_day: optionalWholeNumber(1, 31),
  move_out_credit: z.enum(move_out_credit, code('invalid')),
  notice_days: wholeNumber(0, 365),
  payment_terms_days: wholeNumber(0, 365),
  overdue_after_days: wholeNumber(0, 365),
  lock_out_after_days: optionalWholeNumber(0, 365),
  billing_trigger: z.enum(billing_trigger, code('invalid')),
  invoice_per: z.enum(invoice_per, code('invalid')),
  applies_credit: checkbox(),
  reminder_days: wholeNumbers(6, { min: 1, max: 365 }),
  charge_notice_days: wholeNumber(0, 30),
  autopay_time: time(),
  retry_days: wholeNumbers(4, { min: 1, max: 30 }),
  short_pay_reasons: reasons(),
  reservation_hours: wholeNumber(1, 8760),
  is_agreement_required: checkbox(),
  sends_statements: checkbox(),
  invoice_prefix: prefix(),
  credit_note_prefix: prefix(),
  invoice_digits: wholeNumber(1, 12),
  bank_details: bankDetails(),
};

export type SettingName = keyof typeof fields;

export const settingNames = Object.keys(fields) as SettingName[];

/** The settings that are true or false. */
export const switches: ReadonlySet<string> = new Set<SettingName>([
  'applies_credit',
  'is_agreement_required',
  'sends_statements',
]);

export const billingSettingsSchema = z
  .object({ ...fields, version: version() })
  .refine((settings) => settings.invoice_prefix !== settings.credit_note_prefix, {
    ...code('prefixes_equal'),
    path: ['credit_note_prefix'],
  });

export type BillingSettingsValues = z.infer<typeof billingSettingsSchema>;

/** The stored settings in the form of the fields. */
export function settingFields(
  settings: BillingSettings,
): Record<SettingName, string | boolean> & { version: number } {
  const entries = settingNames.map((name) => [name, toField(settings[name])]);
  return {
    ...(Object.fromEntries(entries) as Record<SettingName, string | boolean>),
    short_pay_reasons: settings.short_pay_reasons.join('\n'),
    version: settings.version,
  };
}

function toField(value: BillingSettings[SettingName]): string | boolean {
  if (typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

/** A local time like `09:00`. */
function time() {
  return text().transform((given, context) => {
    const clock = toAsciiDigits(cleanLine(given)).padStart(5, '0');
    if (/^([01]\d|2[0-3]):[0-5]\d$/.test(clock)) return clock;
    context.addIssue({ code: 'custom', message: code('invalid_time').error });
    return z.NEVER;
  });
}

/** One on each line. */
function reasons() {
  return text()
    .transform((lines) => [...new Set(lines.split(/[\r\n]+/).map(cleanLine))].filter(Boolean))
    .pipe(
      z.array(line(MAX_REASON_LENGTH)).min(1, code('required')).max(MAX_REASONS, code('too_many_reasons')),
    );
}

/** What a customer needs to pay by transfer. */
function bankDetails() {
  return optionalLines(MAX_BANK_DETAILS).transform((details) => details ?? '');
}

function prefix() {
  return optionalLine(10)
    .refine((given) => given === null || /^[\p{L}\p{N} ._/-]+$/u.test(given), code('invalid_prefix'))
    .transform((given) => given ?? '');
}
