import * as z from 'zod';
import { checkbox, optionalLine } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

export const nameShape = {
  first_name: optionalLine(100),
  last_name: optionalLine(100),
  /** The person has no last name. */
  has_one_name: checkbox(),
};

export type NameValues = z.infer<z.ZodObject<typeof nameShape>>;

/** @param isOptional whether both names may be empty */
export function withNameRules<Schema extends z.ZodObject<typeof nameShape>>(
  schema: Schema,
  { isOptional }: { isOptional: boolean },
): Schema {
  const isNameless = (name: NameValues) => isOptional && name.first_name === null && name.last_name === null;
  return schema
    .refine((name) => name.first_name !== null || isNameless(name), {
      ...code('required'),
      path: ['first_name'],
      when,
    })
    .refine((name) => name.last_name !== null || name.has_one_name || isNameless(name), {
      ...code('required'),
      path: ['last_name'],
      when,
    })
    .refine((name) => name.last_name === null || !name.has_one_name, {
      ...code('one_name_only'),
      path: ['last_name'],
      when,
    });
}

/** @param email the field of the email address */
export function withNameOrEmail<Schema extends z.ZodObject<typeof nameShape>>(
  schema: Schema,
  email: string,
): Schema {
  const isNamed = (values: Record<string, unknown>) =>
    values['first_name'] !== null || values[email] !== null;
  return schema.refine(isNamed, { ...code('name_or_email_required'), path: ['first_name'], when });
}

/** Also when another field is refused, so that all errors are shown at once. */
function when({ value }: { value: unknown }): boolean {
  return isObject(value);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

export function fullName({ first_name, last_name }: Pick<NameValues, 'first_name' | 'last_name'>): string {
  return [first_name, last_name].filter(Boolean).join(' ');
}
