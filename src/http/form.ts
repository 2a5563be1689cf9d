import type * as z from 'zod';
import { parseValues, type FieldError, type Parsed } from '../domain/form/parse-values.ts';
import { BadRequest } from '../errors.ts';
import { errorText, errorTexts, type ErrorCode, type ErrorTexts } from '../locales/error-texts.ts';

/**
 * `link` is the text of a link to `href`, a page that helps to correct the error. With `has_contact` the contact details of
 * the tenant follow.
 */
export interface FormError {
  text: string;
  params?: Record<string, string | number>;
  href?: string;
  link?: string;
  has_contact?: boolean;
}

/** What a page shows of a submitted form. `values` never contains passwords. */
export interface Form {
  values: Record<string, string | string[]>;
  errors: Record<string, FormError>;
}

export const emptyForm: Form = { values: {}, errors: {} };

type Decoders<Shape> = Partial<Record<keyof Shape, (text: string) => unknown>>;

/**
 * Decodes the strings of a form to the types of the schema: numbers, checkboxes, lists (`roles[]`), and null for an
 * empty nullable field. `decoders` are for fields that a form encodes in another way.
 *
 * @throws {BadRequest} if a scalar field is an array or an object, or has control characters
 */
export function parseForm<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  decoders: Decoders<Shape> = {},
): Parsed<z.infer<z.ZodObject<Shape>>> {
  const source = (body ?? {}) as Record<string, unknown>;
  const values = Object.entries(schema.shape).map(([name, field]) => {
    const decode = decoders[name];
    return [name, decode ? decode(readText(source, name)) : readField(source, name, field as z.ZodType)];
  });
  return parseValues(schema, Object.fromEntries(values));
}

type Link = (params: NonNullable<FieldError['params']>) => { href: string; link: string } | undefined;

export interface Wording {
  texts: ErrorTexts;
  links?: Partial<Record<ErrorCode, Link>>;
}

const CONTACT_CODES: ReadonlySet<ErrorCode> = new Set(['account_disabled', 'portal_closed']);

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
    .filter(([name]) => !name.includes('password') && name !== '_csrf')
    .filter((entry): entry is [string, string | string[]] => isFormValue(entry[1]))
    .map(([name, value]) => (name.endsWith('[]') ? [name.slice(0, -2), [value].flat()] : [name, value]));
  return Object.fromEntries(shown) as Form['values'];
}

function readField(source: Record<string, unknown>, name: string, field: z.ZodType): unknown {
  const { type, isNullable } = describeType(field);
  if (type === 'array') return readList(source, name);
  const text = readText(source, name);
  if (type === 'boolean') return text !== '';
  if (type === 'number') return /^\d{1,15}$/.test(text) ? Number(text) : text;
  return text === '' && isNullable ? null : text;
}

/** The type below `nullable()`, `default()` and transformations. */
function describeType(field: z.ZodType): { type: string; isNullable: boolean } {
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

function readText(source: Record<string, unknown>, name: string): string {
  return scalar(name, source[name] ?? '');
}

function scalar(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new BadRequest(`${name} must be one value`);
  // oxlint-disable-next-line no-control-regex -- control characters are refused
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value))
    throw new BadRequest(`${name} has control characters`);
  return value;
}

function isFormValue(value: unknown): boolean {
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
  );
}
