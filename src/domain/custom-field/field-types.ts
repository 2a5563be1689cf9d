import * as z from 'zod';
import { toAsciiDigits } from '../../digits.ts';
import { isCivilDate } from '../billing/civil-date.ts';
import { optionalEmail, optionalLine, optionalLines, phone, text } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { fold } from '../text/fold.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { phoneDigits } from '../text/phone-number.ts';
import { truncate } from '../../truncate.ts';

/** As it is stored in JSON. A number is a decimal text, a day is `YYYY-MM-DD`. */
export type FieldValue = string | boolean | readonly string[] | FileValue;

/** The content is in the file store. */
export interface FileValue {
  /** Its id in the file store. */
  key: string;
  name: string;
  /** In bytes. */
  size: number;
  /** The media type. */
  type: string;
}

export function isFile(value: FieldValue | undefined): value is FileValue {
  return typeof value === 'object' && !Array.isArray(value);
}

export interface ValueFormat {
  locale: string;
  t: (text: string) => string;
}

interface Input {
  control: 'line' | 'lines' | 'select' | 'boxes';
  /** Attributes of a line. */
  type?: 'email' | 'tel' | 'url' | 'date';
  attributes?: Readonly<Record<string, string>>;
}

interface ParseRules {
  choices: readonly string[];
  title: string;
}

interface FieldType {
  label: string;
  hint: string;
  hasChoices?: true;
  /** Forms have no input for it. */
  hasOwnPage?: true;
  /** Only a value that is one text can be encrypted. */
  maySeal?: true;
  /** Parses what a form submits. Null is no value. */
  parse: (rules: ParseRules) => z.ZodType<FieldValue | null>;
  /** The error of a missing value. */
  missing: (title: string) => ReturnType<typeof code>;
  format?: (value: string, format: ValueFormat) => string;
  /** The address of a link. */
  href?: (value: string) => string;
  /** How a value is stored in the index: compared with `=`, `>=`, `<`. */
  normalise: (value: string) => string;
  /** How filters look for a value: the whole value, its beginning, or between two values. */
  compare: 'equal' | 'prefix' | 'range';
  input: Input;
}

const MAX_LINE = 200;
export const MAX_LINES = 10_000;
const MAX_URL = 2_000;
/** The index can have no longer keys. */
const MAX_NORMALISED = 200;

const folded = (value: string) => truncate(fold(value), MAX_NORMALISED);

/** A choice of punctuation alone stays as it is. */
const foldedChoice = (value: string) => folded(value) || value;

const enter = (title: string) => code('custom_text_invalid', { title });
const select = (title: string) => code('custom_choice_invalid', { title });

const definitions = {
  text: {
    label: 'Text',
    hint: 'Any text on one line',
    maySeal: true,
    parse: () => optionalLine(MAX_LINE),
    missing: enter,
    normalise: folded,
    compare: 'prefix',
    input: { control: 'line' },
  },
  long_text: {
    label: 'Long text',
    hint: 'Several lines',
    maySeal: true,
    parse: () => optionalLines(MAX_LINES),
    missing: enter,
    normalise: folded,
    compare: 'prefix',
    input: { control: 'lines' },
  },
  number: {
    label: 'Number',
    hint: 'With up to 15 digits and 6 decimal places',
    maySeal: true,
    parse: () =>
      optionalLine(40).transform((typed, context) => (typed === null ? null : parseNumber(typed, context))),
    missing: enter,
    format: (value, { locale }) => formatsOf(locale).number.format(value as `${number}`),
    normalise: sortableNumber,
    compare: 'range',
    input: { control: 'line', attributes: { inputmode: 'decimal', dir: 'ltr' } },
  },
  date: {
    label: 'Date',
    hint: 'A day',
    maySeal: true,
    parse: () =>
      optionalLine(40)
        .transform((typed) => (typed === null ? null : toAsciiDigits(typed)))
        .refine((day) => day === null || isCivilDate(day), code('invalid_date')),
    missing: enter,
    format: (value, { locale }) => formatsOf(locale).day.format(new Date(value)),
    normalise: (value) => value,
    compare: 'range',
    input: { control: 'line', type: 'date' },
  },
  yes_no: {
    label: 'Yes or no',
    hint: 'One of the two',
    parse: ({ title }) =>
      z
        .enum(['yes', 'no'], select(title))
        .nullable()
        .default(null)
        .transform((answer) => (answer === null ? null : answer === 'yes')),
    missing: select,
    format: (value, { t }) => t(value === 'yes' ? 'Yes' : 'No'),
    normalise: (value) => value,
    compare: 'equal',
    input: { control: 'select' },
  },
  choice: {
    label: 'Choice',
    hint: 'One of the choices below',
    hasChoices: true,
    parse: ({ choices, title }) =>
      optionalLine(MAX_LINE)
        .transform((typed) => asListed(choices, typed))
        .superRefine((choice, context) => {
          if (choice !== null) refuseUnlisted(choices, [choice], title, context);
        }),
    missing: select,
    normalise: foldedChoice,
    compare: 'equal',
    input: { control: 'select' },
  },
  choices: {
    label: 'Several choices',
    hint: 'Any number of the choices below',
    hasChoices: true,
    parse: ({ choices, title }) =>
      z
        .array(text().max(MAX_LINE))
        .max(MAX_LINE)
        .default([])
        .transform((typed) => [...new Set(typed.map((each) => asListed(choices, cleanLine(each))!))])
        .superRefine((chosen, context) => refuseUnlisted(choices, chosen, title, context))
        .transform((chosen) => (chosen.length === 0 ? null : chosen)),
    missing: select,
    normalise: foldedChoice,
    compare: 'equal',
    input: { control: 'boxes' },
  },
  email: {
    label: 'Email',
    hint: 'An email address',
    maySeal: true,
    parse: optionalEmail,
    missing: enter,
    href: (value) => `mailto:${value}`,
    normalise: folded,
    compare: 'prefix',
    input: { control: 'line', type: 'email', attributes: { dir: 'ltr', autocapitalize: 'none' } },
  },
  phone: {
    label: 'Phone',
    hint: 'A phone number',
    maySeal: true,
    parse: phone,
    missing: enter,
    normalise: phoneDigits,
    compare: 'prefix',
    input: { control: 'line', type: 'tel', attributes: { dir: 'ltr' } },
  },
  url: {
    label: 'Link',
    hint: 'The address of a page',
    maySeal: true,
    parse: () =>
      optionalLine(MAX_URL).refine((typed) => typed === null || isWebAddress(typed), code('invalid_link')),
    missing: enter,
    href: (value) => value,
    normalise: folded,
    compare: 'prefix',
    input: { control: 'line', type: 'url', attributes: { dir: 'ltr', autocapitalize: 'none' } },
  },
  file: {
    label: 'File',
    hint: 'One file of up to 10 MB, uploaded on a page of its own. Never secret, searchable, imported or asked for at the sign-up. Cannot become another type.',
    hasOwnPage: true,
    parse: () => optionalLine(MAX_LINE),
    missing: enter,
    normalise: folded,
    compare: 'equal',
    input: { control: 'line' },
  },
} satisfies Record<string, FieldType>;

export type FieldTypeName = keyof typeof definitions;

export const fieldTypes: Readonly<Record<FieldTypeName, FieldType>> = definitions;

export const fieldTypeNames = Object.keys(definitions) as [FieldTypeName, ...FieldTypeName[]];

/** What a form submits for the value. Of several choices, one for each. */
export function submittedTexts(value: FieldValue): string[] {
  if (typeof value === 'boolean') return [value ? 'yes' : 'no'];
  if (isFile(value)) return [value.name];
  return typeof value === 'string' ? [value] : [...value];
}

/** A value that was stored before its field had the present type is shown as it is. */
export function formatValue(type: FieldTypeName, value: FieldValue, format: ValueFormat): string {
  const texts = submittedTexts(value);
  const { format: formatText = (text: string) => text } = fieldTypes[type];
  const isParsed = convertValue({ type, choices: texts }, value) !== undefined;
  return (isParsed ? texts.map((text) => formatText(text, format)) : texts).join(', ');
}

export function normaliseValue(type: FieldTypeName, value: FieldValue): string[] {
  const normalised = submittedTexts(value).map(fieldTypes[type].normalise);
  return [...new Set(normalised)].filter((text) => text !== '');
}

/** The value in the type of the field; undefined if it cannot be converted. */
export function convertValue(
  { type, choices }: { type: FieldTypeName; choices: readonly string[] },
  value: FieldValue,
): FieldValue | undefined {
  if (isFile(value) || type === 'file') return isFile(value) && type === 'file' ? value : undefined;
  const texts = submittedTexts(value);
  const parsed = parserOf({ type, choices: fieldTypes[type].hasChoices ? choices : [] }).safeParse(
    type === 'choices' ? texts : typedAs(type, texts.join(', ')),
  );
  return parsed.success ? (parsed.data ?? undefined) : undefined;
}

const parserOf = cachedSchema(({ type, choices }: { type: FieldTypeName; choices: readonly string[] }) =>
  fieldTypes[type].parse({ choices, title: '' }),
);

/** As someone would type the text in a field of the type. */
function typedAs(type: FieldTypeName, text: string): string {
  if (type === 'yes_no') return yesOrNo(text);
  return type === 'long_text' ? text : text.replace(/\s*\n\s*/g, ' ');
}

function yesOrNo(typed: string): string {
  const answer = typed.toLowerCase();
  if (['yes', 'y', 'true', '1'].includes(answer)) return 'yes';
  return ['no', 'n', 'false', '0'].includes(answer) ? 'no' : typed;
}

/** Choices stored by an earlier release may have characters that are removed from what is submitted. */
function asListed(choices: readonly string[], typed: string | null): string | null {
  return choices.find((choice) => cleanLine(choice) === typed) ?? typed;
}

/** A choice may have been renamed or removed since the form was rendered. */
function refuseUnlisted(
  choices: readonly string[],
  chosen: readonly string[],
  title: string,
  context: z.RefinementCtx,
): void {
  const unlisted = chosen.find((choice) => !choices.includes(choice));
  if (unlisted === undefined) return;
  const { error, params } = code('custom_choice_unlisted', { choice: unlisted, title });
  context.addIssue({ code: 'custom', message: error, params });
}

const formats = new Map<string, { number: Intl.NumberFormat; day: Intl.DateTimeFormat }>();

/** Digits are Latin, as on all pages. */
function formatsOf(locale: string) {
  const latin = `${locale}-u-nu-latn`;
  const known = formats.get(locale) ?? {
    number: new Intl.NumberFormat(latin, { maximumFractionDigits: DECIMALS }),
    day: new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeZone: 'UTC' }),
  };
  formats.set(locale, known);
  return known;
}

const DIGITS = 15;
const DECIMALS = 6;

/** A comma or a point separates the decimal places. */
function parseNumber(typed: string, context: z.RefinementCtx): string {
  const [, sign, whole = '', decimals = ''] =
    /^([-+]?)(\d*)(?:[.,](\d+))?$/.exec(toAsciiDigits(typed).replace('\u2212', '-')) ?? [];
  const digits = whole.replace(/^0+(?=.)/, '') || '0';
  const places = decimals.replace(/0+$/, '');
  if (sign === undefined || whole + decimals === '' || digits.length > DIGITS || places.length > DECIMALS) {
    context.addIssue({ code: 'custom', message: code('invalid_decimal').error });
    return z.NEVER;
  }
  const number = places === '' ? digits : `${digits}.${places}`;
  return sign === '-' && number !== '0' ? `-${number}` : number;
}

/** Texts of this form are in the order of their numbers. */
function sortableNumber(number: string): string {
  const [whole = '', decimals = ''] = number.replace('-', '').split('.');
  const digits = whole.padStart(DIGITS, '0') + decimals.padEnd(DECIMALS, '0');
  if (!number.startsWith('-')) return `1${digits}`;
  return `0${digits.replace(/\d/g, (digit) => String(9 - Number(digit)))}`;
}

function isWebAddress(typed: string): boolean {
  return /^https?:\/\/[^\s/]/i.test(typed) && URL.canParse(typed);
}
