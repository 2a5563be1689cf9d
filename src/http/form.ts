import * as z from 'zod';
import { parseValues, type FieldError, type Parsed } from '../domain/form/parse-values.ts';
import { toAsciiDigits } from '../digits.ts';
import { BadRequest } from '../errors.ts';
import { errorText, errorTexts, type ErrorCode, type ErrorTexts } from '../locales/error-texts.ts';
import type { Plural } from '../locales/translate.ts';

/**
 * `link` is the text of a link to `href`, a page that helps to correct the error. With `has_contact` the contact details of
 * the tenant follow.
 */
export interface FormError {
  text: string | Plural;
  params?: Record<string, string | number>;
  href?: string;
  link?: string;
  has_contact?: boolean;
}

/** What a page shows of a submitted form. `values` never contains secrets. */
export interface Form {
  values: Record<string, string | string[]>;
  errors: Record<string, FormError>;
}

export const emptyForm: Form = { values: {}, errors: {} };

/**
 * The version of a row in the form that changes it: the submitted one, so that a conflict is still found once other errors
 * are corrected; after a conflict the current one, so that a second submit is accepted.
 */
export function versionToRender({ values, errors }: Form, current: number): Form['values'][string] | number {
  return 'version' in errors ? current : (values['version'] ?? current);
}

interface FormOptions<Shape> {
  /** For fields that the form encodes in another way. */
  decoders?: Partial<Record<keyof Shape, (text: string) => unknown>>;
  /** The row that the form changes. A field that is absent from the form keeps its value, which is not checked. */
  stored?: Readonly<Record<string, unknown>>;
  /** The fields of the form that are parsed elsewhere. */
  others?: readonly string[];
}

/** Fields that any form may have. */
const COMMON_FIELDS = ['_csrf', 'form_key', 'link'];

/**
 * Decodes the strings of a form to the types of the schema: numbers, checkboxes, lists (`roles[]`), and null for an
 * empty nullable field. Browsers send nothing for an unticked checkbox, so an absent checkbox or list is an empty one.
 *
 * @throws {BadRequest} for an unknown field, or if a scalar field is an array or an object, or has control characters
 */
export function parseForm<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  { decoders = {}, stored = {}, others = [] }: FormOptions<Shape> = {},
): Parsed<z.infer<z.ZodObject<Shape>>> {
  const source = (body ?? {}) as Record<string, unknown>;
  refuseUnknownFields(source, schema, others);
  const kept: string[] = [];
  const values = Object.entries(schema.shape).map(([name, field]) => {
    const type = describeType(field as z.ZodType);
    const decode = decoders[name];
    const isAbsent = !Object.hasOwn(source, name) && (decode !== undefined || !isAbsentWhenEmpty(type));
    if (!isAbsent || !Object.hasOwn(stored, name))
      return [name, decode ? decode(readText(source, name)) : readField(source, name, type)];
    kept.push(name);
    return [name, stored[name]];
  });
  return parseValues(withoutRulesOf(schema, kept), Object.fromEntries(values));
}

/** Of stored values, which may be older than the rules: the form has no field to correct them. */
function withoutRulesOf<Schema extends z.ZodObject>(schema: Schema, names: readonly string[]): Schema {
  if (names.length === 0) return schema;
  const shape = Object.fromEntries(names.map((name) => [name, z.any()]));
  return schema.safeExtend(shape) as Schema;
}

function refuseUnknownFields(
  source: Readonly<Record<string, unknown>>,
  { shape }: z.ZodObject,
  others: readonly string[],
): void {
  const known = (name: string) =>
    Object.hasOwn(shape, name) || COMMON_FIELDS.includes(name) || others.includes(name);
  const isListField = (name: string) => {
    const list = name.endsWith('[]') ? name.slice(0, -2) : '';
    return Object.hasOwn(shape, list) && describeType(shape[list] as z.ZodType).type === 'array';
  };
  const unknown = Object.keys(source).find((name) => !known(name) && !isListField(name));
  if (unknown !== undefined) throw new BadRequest(`The form has no field ${unknown.slice(0, 50)}`);
}

type Link = (params: NonNullable<FieldError['params']>) => { href: string; link: string } | undefined;

export interface Wording {
  texts: ErrorTexts;
  links?: Partial<Record<ErrorCode, Link>>;
}

const CONTACT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['account_disabled', 'email_not_available']);

export function withErrors(
  body: unknown,
  { errors }: { errors: readonly FieldError[] },
  { texts, links = {} }: Wording = { texts: errorTexts.account },
): Form {
  const formErrors = errors.map((error) => {
    const { field, code, params } = error;
    const link = links[code]?.(params ?? {});
    const contact = CONTACT_CODES.has(code) && { has_contact: true };
    return [field, { text: errorText(error, texts), ...(params && { params }), ...link, ...contact }];
  });
  return { values: submittedValues(body), errors: Object.fromEntries(formErrors) as Form['errors'] };
}

function submittedValues(body: unknown): Form['values'] {
  const shown = Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([name]) => !isSecretField(name) && name !== '_csrf')
    .filter((entry): entry is [string, string | string[]] => isFormValue(entry[1]))
    .map(([name, value]) => (name.endsWith('[]') ? [name.slice(0, -2), [value].flat()] : [name, value]));
  return Object.fromEntries(shown) as Form['values'];
}

const CARD_FIELDS = ['card_number', 'expiry', 'security_code', 'account_number'];

/** Its value is in no page. */
export function isSecretField(name: string): boolean {
  return name.includes('password') || name.includes('secret') || CARD_FIELDS.includes(name);
}

interface FieldType {
  type: string;
  isNullable: boolean;
}

function isAbsentWhenEmpty({ type }: FieldType): boolean {
  return type === 'boolean' || type === 'array';
}

function readField(source: Record<string, unknown>, name: string, { type, isNullable }: FieldType): unknown {
  if (type === 'array') return readList(source, name);
  const text = readText(source, name);
  if (type === 'boolean') return text !== '';
  if (type === 'number') return readNumber(text);
  return text === '' && isNullable ? null : text;
}

function readNumber(text: string): number | string {
  const digits = toAsciiDigits(text.trim());
  return /^\d{1,15}$/.test(digits) ? Number(digits) : text;
}

/** The type below `nullable()`, `default()` and transformations. */
function describeType(field: z.ZodType): FieldType {
  const { type, innerType, in: input } = field.def as { type: string; innerType?: z.ZodType; in?: z.ZodType };
  const inner = innerType ?? input;
  if (!inner) return { type, isNullable: false };
  const described = describeType(inner);
  return { type: described.type, isNullable: type === 'nullable' || described.isNullable };
}

function readList(source: Record<string, unknown>, name: string): string[] {
  const value = source[`${name}[]`] ?? source[name] ?? [];
  return [value].flat().map((each) => scalar(name, each));
}

/** One field of a form that is parsed elsewhere. @throws {BadRequest} as `parseForm` */
export function submittedText(body: unknown, name: string): string {
  return readText((body ?? {}) as Record<string, unknown>, name);
}

/** The names of the fields, for a form with a field for each row of a table. */
export function submittedNames(body: unknown): string[] {
  return Object.keys(body ?? {});
}

function readText(source: Record<string, unknown>, name: string): string {
  return scalar(name, source[name] ?? '');
}

function scalar(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new BadRequest(`${name} must be one value`);
  // oxlint-disable-next-line no-control-regex -- control characters are refused
  if (/[\u0000-\u0008\u000e-\u001f\u007f]/.test(value))
    throw new BadRequest(`${name} has control characters`);
  return value;
}

function isFormValue(value: unknown): boolean {
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
  );
}
