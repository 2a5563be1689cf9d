import * as z from 'zod';
import { checkbox, line, optionalLine, text, version } from '../form/fields.ts';
import { code as errorCode, type FieldError } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { customerAccesses, fieldEntityNames, type CustomerAccess, type FieldEntity } from './custom-field.ts';
import { fieldTypeNames, fieldTypes, type FieldTypeName } from './field-types.ts';

const MAX_CHOICES = 100;
export const MAX_CHOICE_LENGTH = 200;
export const MAX_CHOICES_LENGTH = MAX_CHOICES * MAX_CHOICE_LENGTH;

const editableFields = {
  title: line(100),
  type: z.enum(fieldTypeNames, errorCode('invalid')),
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
  is_read_only: checkbox(),
  is_searchable: checkbox(),
  customer_access: z.enum(['none', 'view', 'sign_up', 'edit'], errorCode('invalid')),
};

/** The code cannot be changed later: forms and exports name the field by it. */
const newCode = optionalLine(40)
  .transform((code) => code?.toLowerCase() ?? null)
  .refine((code) => code === null || /^[a-z][a-z0-9_]*$/.test(code), errorCode('invalid_field_code'));

// Errors are listed in the order of the form.
const { title: titleField, ...otherFields } = editableFields;

export const newCustomFieldSchema = customFieldSchema({
  entity: z.enum(fieldEntityNames, errorCode('invalid')),
  title: titleField,
  code: newCode,
  is_secret: checkbox(),
  ...otherFields,
});
export const changedCustomFieldSchema = customFieldSchema({
  ...editableFields,
  confirms_conversion: checkbox(),
  version: version(),
});

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

export interface FieldSettings {
  entity: FieldEntity;
  type: FieldTypeName;
  is_required: boolean;
  is_read_only: boolean;
  is_secret: boolean;
  is_searchable: boolean;
  customer_access: CustomerAccess;
}

/** The errors of settings that exclude each other. */
export function settingsErrors(settings: FieldSettings): FieldError[] {
  const { entity, type, is_required, is_read_only, is_secret, is_searchable, customer_access } = settings;
  const canFill = customer_access === 'sign_up' || customer_access === 'edit';
  const errors: (FieldError | false)[] = [
    type === 'file' && is_read_only && { field: 'is_read_only', code: 'file_read_only' },
    type === 'file' && is_searchable && { field: 'is_searchable', code: 'file_searchable' },
    type === 'file' && customer_access === 'sign_up' && { field: 'customer_access', code: 'file_sign_up' },
    is_secret && !fieldTypes[type].maySeal && { field: 'is_secret', code: 'secret_type' },
    is_required && is_read_only && { field: 'is_required', code: 'required_read_only' },
    is_secret && is_searchable && { field: 'is_searchable', code: 'secret_searchable' },
    canFill && is_read_only && { field: 'customer_access', code: 'customer_read_only' },
    !customerAccesses[entity].includes(customer_access) && {
      field: 'customer_access',
      code: 'customer_access_entity',
    },
  ];
  return errors.filter((error) => error !== false);
}

function customFieldSchema<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).superRefine((values, context) => {
    const { type, choices } = values as { type: FieldTypeName; choices: string[] };
    if (fieldTypes[type].hasChoices && choices.length === 0)
      context.addIssue({ code: 'custom', path: ['choices'], message: errorCode('required').error });
  });
}
