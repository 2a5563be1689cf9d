import type { z } from 'zod';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import { BadRequest } from '../../errors.ts';

/** `link` is the text of a link to `href`, a page that helps to correct the error. */
export interface FieldError {
  text: string;
  params?: Record<string, string | number>;
  href?: string;
  link?: string;
}

/** `values` never contains passwords. */
export interface Form {
  values: Record<string, string | string[]>;
  errors: Record<string, FieldError>;
}

export const emptyForm: Form = { values: {}, errors: {} };

export type RefusedForm = Refused<{ form: Form }>;

export type Parsed<Values> = { ok: true; values: Values } | RefusedForm;

/** @throws {BadRequest} if a scalar field is an array or an object, or has control characters */
export function parseForm<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
): Parsed<z.infer<z.ZodObject<Shape>>> {
  const source = (body ?? {}) as Record<string, unknown>;
  const input = Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [
      name,
      readField(source, name, isListField(field as z.ZodType)),
    ]),
  );
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, values: result.data };
  const errors: Form['errors'] = {};
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    const params = 'params' in issue ? (issue.params as FieldError['params']) : undefined;
    errors[name] ??= { text: issue.message, ...(params && { params }) };
  }
  return refuseWith({ form: { values: valuesToRedisplay(input), errors } });
}

export function refuse(body: unknown, errors: Form['errors']): RefusedForm {
  return refuseWith({ form: { values: valuesToRedisplay((body ?? {}) as Record<string, unknown>), errors } });
}

function readField(source: Record<string, unknown>, name: string, isList: boolean): string | string[] {
  const value = source[isList ? `${name}[]` : name] ?? (isList ? source[name] : undefined);
  if (isList) {
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return values.map((each) => scalar(name, each));
  }
  return scalar(name, value ?? '');
}

function scalar(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new BadRequest(`${name} must be one value`);
  // oxlint-disable-next-line no-control-regex -- control characters are refused
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value))
    throw new BadRequest(`${name} has control characters`);
  return value;
}

function isListField(field: z.ZodType): boolean {
  return field.def.type === 'array';
}

function valuesToRedisplay(input: Record<string, unknown>): Form['values'] {
  const shown = Object.entries(input).filter(([name]) => !name.includes('password') && name !== '_csrf');
  return Object.fromEntries(
    shown.filter((entry): entry is [string, string | string[]] => isFormValue(entry[1])),
  );
}

function isFormValue(value: unknown): boolean {
  return (
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
  );
}
