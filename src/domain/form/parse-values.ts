import type * as z from 'zod';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import type { ErrorCode } from '../../locales/error-texts.ts';

export interface ErrorDetails {
  code: ErrorCode;
  params?: Record<string, string | number>;
}

/** The portal makes the sentence and the link. */
export interface FieldError extends ErrorDetails {
  field: string;
}

export type RefusedValues = Refused<{ errors: readonly FieldError[] }>;

export type Parsed<Values> = { ok: true; values: Values } | RefusedValues;

export function refuse(...errors: FieldError[]): RefusedValues {
  return refuseWith({ errors });
}

/** The settings of a check in a schema. Zod's `message` is the code. */
export function code(error: ErrorCode, params?: FieldError['params']) {
  return { error, ...(params && { params }) };
}

/** `input` has the types of the schema, as in a JSON body. Returns the first error of each field. */
export function parseValues<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  input: unknown,
): Parsed<z.infer<z.ZodObject<Shape>>> {
  const result = schema.safeParse(input, {
    error: (issue) => (issue.input === undefined || issue.input === null ? 'required' : 'invalid'),
  });
  if (result.success) return { ok: true, values: result.data };
  const errors = new Map<string, FieldError>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!errors.has(field)) errors.set(field, toFieldError(field, issue));
  }
  // Rules over several fields are checked last.
  const order = Object.keys(schema.shape);
  return refuse(
    ...[...errors.values()].toSorted((one, other) => order.indexOf(one.field) - order.indexOf(other.field)),
  );
}

function toFieldError(field: string, issue: z.core.$ZodIssue): FieldError {
  const params = 'params' in issue ? (issue.params as FieldError['params']) : undefined;
  return { field, code: issue.message as ErrorCode, ...(params && { params }) };
}
