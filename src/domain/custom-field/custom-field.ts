import { z } from 'zod';
import { optionalLine, checkbox, line } from '../form/fields.ts';
import { normaliseName } from '../text/normalise.ts';
import type { CustomField } from './custom-field-queries.ts';

/** The name of the form field and the key in stored audit changes. */
export function customFieldName({ code }: Pick<CustomField, 'code'>): string {
  return `cf[${code}]`;
}

/** Accepts a stored choice that was removed from the field since. */
export function customFieldShape(
  fields: readonly CustomField[],
  stored: Readonly<Record<string, string>> = {},
) {
  return Object.fromEntries(
    fields.map((field) => [customFieldName(field), valueSchema(field, stored[customFieldName(field)])]),
  );
}

function valueSchema(field: CustomField, stored: string | undefined) {
  const params = { title: field.title };
  const message = field.type === 'choice' ? 'Select {title}' : 'Enter {title}';
  return optionalLine().superRefine((value, context) => {
    const isMissing = value === null && field.is_required;
    const isInvalid = value !== null && value !== stored && !isAllowedValue(field, value);
    if (isMissing || isInvalid) context.addIssue({ code: 'custom', message, params });
  }) as z.ZodType<string | null>;
}

function isAllowedValue({ type, choices }: CustomField, value: string): boolean {
  return type === 'text' || choices.includes(value);
}

const MAX_CHOICES = 100;

const editableFields = {
  title: line('Enter a title', 100),
  type: z.enum(['text', 'choice'], { error: 'Select a type' }),
  choices: z
    .string()
    .transform((text) => [...new Set(text.split(/[\r\n]+/).map((choice) => choice.normalize('NFC').trim()))])
    .transform((choices) => choices.filter(Boolean))
    .refine((choices) => choices.length <= MAX_CHOICES, { error: 'Use 100 choices or fewer' })
    .refine((choices) => choices.every((choice) => choice.length <= 200), {
      error: 'Use 200 characters or fewer for each choice',
    }),
  is_required: checkbox(),
};

/** The code cannot be changed later: forms and exports name the field by it. */
const newCode = optionalLine(40)
  .transform((code) => code?.toLowerCase() ?? null)
  .refine((code) => code === null || /^[a-z][a-z0-9_]*$/.test(code), {
    error: 'Use letters, digits and underscores, beginning with a letter, like gate_code',
  });

export const newCustomFieldForm = customFieldForm({ ...editableFields, code: newCode });
export const changedCustomFieldForm = customFieldForm({
  ...editableFields,
  version: z.string().transform(Number),
});

export function codeFromTitle(title: string): string {
  const code = normaliseName(title)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/_+$/, '');
  return code || 'field';
}

function customFieldForm<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).superRefine((values, context) => {
    const { type, choices } = values as { type: string; choices: string[] };
    if (type === 'choice' && choices.length === 0)
      context.addIssue({ code: 'custom', path: ['choices'], message: 'Enter the choices, one on each line' });
  });
}
