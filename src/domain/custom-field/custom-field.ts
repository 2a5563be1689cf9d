import { z } from 'zod';
import { optionalLine } from '../form/fields.ts';

/** What a tenant wants to know of its customers besides the details everybody has. */
export interface CustomField {
  id: string;
  code: string;
  title: string;
  type: 'text' | 'choice';
  choices: string[];
  is_required: boolean;
  position: number;
  version: number;
}

/** Its value is a form field and a key of audited changes by this name. */
export function customFieldName({ code }: Pick<CustomField, 'code'>): string {
  return `cf[${code}]`;
}

/**
 * The form fields of these custom fields, to be spread into a form's shape. `stored` are a person's values so far: one
 * that is no longer among the choices may stay.
 */
export function customFieldShape(
  fields: readonly CustomField[],
  stored: Readonly<Record<string, string>> = {},
) {
  return Object.fromEntries(
    fields.map((field) => [customFieldName(field), valueOf(field, stored[customFieldName(field)])]),
  );
}

function valueOf(field: CustomField, stored: string | undefined) {
  const params = { title: field.title };
  const missing = field.type === 'choice' ? 'Select {title}' : 'Enter {title}';
  return optionalLine().superRefine((value, context) => {
    const isMissing = value === null && field.is_required;
    const isForeign = value !== null && value !== stored && !isAmong(field, value);
    if (isMissing || isForeign) context.addIssue({ code: 'custom', message: missing, params });
  }) as z.ZodType<string | null>;
}

function isAmong({ type, choices }: CustomField, value: string): boolean {
  return type === 'text' || choices.includes(value);
}
