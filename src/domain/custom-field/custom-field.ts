import * as z from 'zod';
import { optionalLine, checkbox, line, text, version } from '../form/fields.ts';
import { code as errorCode } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { cleanLine } from '../text/pasted-text.ts';
import type { CustomField, CustomFieldWithValue } from './custom-field-queries.ts';

export type CustomFieldName = `cf[${string}]`;

export type CustomFieldValues = Readonly<Record<CustomFieldName, string | null>>;

/** The name of the form field and the key in stored audit changes. */
export function customFieldName({ code }: Pick<CustomField, 'code'>): CustomFieldName {
  return `cf[${code}]`;
}

/** What a custom field requires of its value. */
export interface ValueRule {
  name: CustomFieldName;
  title: string;
  is_required: boolean;
  /** Null if every text is allowed. */
  choices: readonly string[] | null;
}

/** Whether a stored user has no value for a required field. */
export function isMissing({ is_required, value }: CustomFieldWithValue): boolean {
  return is_required && value === null;
}

/** Of a new user. */
export function valueRules(fields: readonly CustomField[]): ValueRule[] {
  return fields.map((field) => ({
    name: customFieldName(field),
    title: field.title,
    is_required: field.is_required,
    choices: field.type === 'text' ? null : field.choices,
  }));
}

/** Accepts what is stored: a choice that was removed since, or no value of a field that is required since. */
export function changedValueRules(fields: readonly CustomFieldWithValue[]): ValueRule[] {
  return fields.map((field) => {
    const [rule] = valueRules([field]);
    const { choices } = rule!;
    return {
      ...rule!,
      is_required: field.is_required && !isMissing(field),
      choices: choices && field.value !== null ? [...new Set([...choices, field.value])] : choices,
    };
  });
}

export function customFieldShape(
  rules: readonly ValueRule[],
): Record<CustomFieldName, z.ZodType<string | null>> {
  return Object.fromEntries(rules.map((rule) => [rule.name, valueSchema(rule)]));
}

function valueSchema({ title, is_required, choices }: ValueRule) {
  // Choices stored by an earlier release may have characters that are removed from what is submitted.
  const asStored = (value: string | null) => choices?.find((choice) => cleanLine(choice) === value) ?? value;
  return optionalLine(MAX_VALUE_LENGTH)
    .transform(asStored)
    .refine(
      (value) => (value === null ? !is_required : choices === null || choices.includes(value)),
      choices ? errorCode('custom_choice_invalid', { title }) : errorCode('custom_text_invalid', { title }),
    );
}

const MAX_CHOICES = 100;
const MAX_CHOICE_LENGTH = 200;
export const MAX_CHOICES_LENGTH = MAX_CHOICES * MAX_CHOICE_LENGTH;

export const MAX_FIELDS = 60;
const MAX_VALUE_LENGTH = 200;
/** Of the values of one user. */
export const MAX_VALUES_LENGTH = MAX_FIELDS * MAX_VALUE_LENGTH;

const editableFields = {
  title: line(100),
  type: z.enum(['text', 'choice'], errorCode('invalid')),
  choices: z
    .array(text())
    .default([])
    .transform((choices) => [...new Set(choices.map(cleanLine))])
    .transform((choices) => choices.filter(Boolean))
    .refine((choices) => choices.length <= MAX_CHOICES, errorCode('too_many_choices', { max: MAX_CHOICES }))
    .refine(
      (choices) => choices.every((choice) => choice.length <= MAX_CHOICE_LENGTH),
      errorCode('choice_too_long', { max: MAX_CHOICE_LENGTH }),
    ),
  is_required: checkbox(),
};

/** The code cannot be changed later: forms and exports name the field by it. */
const newCode = optionalLine(40)
  .transform((code) => code?.toLowerCase() ?? null)
  .refine((code) => code === null || /^[a-z][a-z0-9_]*$/.test(code), errorCode('invalid_field_code'));

// Errors are listed in the order of the form.
const { title: titleField, ...otherFields } = editableFields;

export const newCustomFieldSchema = customFieldSchema({ title: titleField, code: newCode, ...otherFields });
export const changedCustomFieldSchema = customFieldSchema({ ...editableFields, version: version() });

export type NewCustomFieldValues = z.infer<typeof newCustomFieldSchema>;
export type ChangedCustomFieldValues = z.infer<typeof changedCustomFieldSchema>;

export function codeFromTitle(title: string): string {
  const code = fold(title)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/_+$/, '');
  return code || 'field';
}

function customFieldSchema<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).superRefine((values, context) => {
    const { type, choices } = values as { type: string; choices: string[] };
    if (type === 'choice' && choices.length === 0)
      context.addIssue({ code: 'custom', path: ['choices'], message: errorCode('required').error });
  });
}
