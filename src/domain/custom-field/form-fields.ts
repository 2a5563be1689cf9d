import * as z from 'zod';
import { checkbox, text } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import type { CustomField } from './custom-field-queries.ts';
import { MAX_VALUES_LENGTH } from './custom-field.ts';
import {
  convertValue,
  fieldTypes,
  submittedTexts,
  type FieldTypeName,
  type FieldValue,
} from './field-types.ts';

/** The column `custom` of a row: values by the codes of the fields. Encrypted values are texts in base64. */
export type StoredValues = Readonly<Record<string, FieldValue>>;

export type CustomFieldName = `cf[${string}]` | `secret[${string}]`;

/** By the names of form fields. */
export type CustomFieldValues = Readonly<Record<string, FieldValue | null>>;

export function readCustom({ custom }: { custom: unknown }): StoredValues {
  return custom as StoredValues;
}

/** The name of the form field and the key in stored audit changes. A page never shows a submitted secret again. */
export function customFieldName({
  code,
  is_secret,
}: Pick<CustomField, 'code' | 'is_secret'>): CustomFieldName {
  return is_secret ? `secret[${code}]` : `cf[${code}]`;
}

/** The checkbox that removes a stored secret, which the form does not show. */
export function removalName({ code }: Pick<CustomField, 'code'>): string {
  return `remove[${code}]`;
}

export type Editor = 'staff' | 'customer';

/** The fields that the editor may see. */
export function visibleFields(fields: readonly CustomField[], editor: Editor): CustomField[] {
  return fields.filter(({ customer_access }) => editor === 'staff' || customer_access !== 'none');
}

/** The fields that the editor may fill in. Customers fill in a field of the sign-up once. */
export function editableFields(
  fields: readonly CustomField[],
  editor: Editor,
  stored: StoredValues,
): CustomField[] {
  return fields.filter((field) => {
    if (field.is_read_only || fieldTypes[field.type].hasOwnPage) return false;
    if (editor === 'staff' || field.customer_access === 'edit') return true;
    return field.customer_access === 'sign_up' && stored[field.code] === undefined;
  });
}

/** The fields whose file the editor may upload. */
export function uploadableFields(fields: readonly CustomField[], editor: Editor): CustomField[] {
  return fields.filter(
    ({ type, customer_access }) =>
      fieldTypes[type].hasOwnPage && (editor === 'staff' || customer_access === 'edit'),
  );
}

/** The required fields without a value. */
export function missingFields(fields: readonly CustomField[], stored: StoredValues): CustomField[] {
  return fields.filter(({ code, is_required }) => is_required && stored[code] === undefined);
}

/** What a custom field requires of its value. JSON, for `cachedSchema`. */
export interface ValueRule {
  name: CustomFieldName;
  title: string;
  type: FieldTypeName;
  is_required: boolean;
  choices: readonly string[];
  /** A stored value that the field would refuse today. It can be kept. */
  kept: FieldValue | null;
  /** The name of the checkbox that removes the stored secret. */
  removal: string | null;
}

/** The custom fields of the form that creates or changes a row. */
export interface CustomForm {
  fields: readonly CustomField[];
  stored: StoredValues;
  rules: readonly ValueRule[];
  secretKeys: readonly string[];
  /** Their inputs are in older forms only: they were retired, or closed to the editor since. */
  former: readonly FormerField[];
}

interface FormerField {
  field: CustomField;
  /** The code instead of a title that the editor may not see. */
  title: string;
}

export const NO_CUSTOM_FIELDS: CustomForm = { fields: [], stored: {}, rules: [], secretKeys: [], former: [] };

/** What the form of a new row submitted. */
export interface SubmittedCustom {
  form: CustomForm;
  /** Also those of other fields. */
  values: object;
}

export const NO_SUBMITTED_CUSTOM: SubmittedCustom = { form: NO_CUSTOM_FIELDS, values: {} };

interface CustomFormOptions {
  editor?: Editor;
  /** The values of the row; absent for a new one, which must have the required values. */
  stored?: StoredValues;
  secretKeys: readonly string[];
}

/** `all` may have the retired fields, too. */
export function customForm(
  all: readonly CustomField[],
  { editor = 'staff', stored, secretKeys }: CustomFormOptions,
): CustomForm {
  const present = all.filter(({ retired_at }) => retired_at === null);
  const fields = editableFields(present, editor, stored ?? {});
  const rules = fields.map((field) => valueRule(field, stored));
  const visible = visibleFields(all, editor);
  const former = all
    .filter((field) => !fields.includes(field))
    .map((field) => ({ field, title: visible.includes(field) ? field.title : field.code }));
  return { fields, stored: stored ?? {}, rules, secretKeys, former };
}

/** Accepts what is stored: a choice that was removed since, or no value of a field that is required since. */
function valueRule(field: CustomField, stored: StoredValues | undefined): ValueRule {
  const { title, type, choices } = field;
  const value = stored?.[field.code];
  const is_set = value !== undefined;
  const kept = is_set && !field.is_secret && convertValue(field, value) === undefined ? value : null;
  return {
    name: customFieldName(field),
    title,
    type,
    is_required: field.is_required && (stored === undefined || is_set) && !(field.is_secret && is_set),
    choices: kept === null ? choices : [...new Set([...choices, ...keptChoices(type, kept)])],
    kept,
    removal: field.is_secret && is_set && !field.is_required ? removalName(field) : null,
  };
}

function keptChoices(type: FieldTypeName, kept: FieldValue): string[] {
  if (!fieldTypes[type].hasChoices) return [];
  return type === 'choices' ? submittedTexts(kept) : [submittedTexts(kept).join(', ')];
}

function customFieldShape(rules: readonly ValueRule[]): Record<string, z.ZodType<FieldValue | null>> {
  const entries = rules.flatMap((rule): [string, z.ZodType<FieldValue | null>][] => [
    [rule.name, valueSchema(rule)],
    ...(rule.removal === null ? [] : [[rule.removal, checkbox()] as [string, z.ZodType<boolean>]]),
  ]);
  return Object.fromEntries(entries);
}

/** The values of the form that changes the row, by the names of form fields. */
export function formValues({ fields, stored }: CustomForm): CustomFieldValues {
  const entries = fields.map((field) => {
    const value = field.is_secret ? undefined : stored[field.code];
    return [customFieldName(field), value ?? null] as const;
  });
  return Object.fromEntries(entries);
}

/** The object of a form that has custom fields. Refuses values that together are longer than a row may have. */
export function objectWithCustomFields<Shape extends z.ZodRawShape>(
  shape: Shape,
  rules: readonly ValueRule[],
): z.ZodObject<Shape> {
  const whole: z.ZodObject<Shape> = z.object({ ...shape, ...customFieldShape(rules) });
  return whole.superRefine((values, context) => {
    const custom = values as CustomFieldValues;
    const lengths = rules.map(({ name }) => ({ name, length: lengthOf(custom[name] ?? null) }));
    const total = lengths.reduce((sum, { length }) => sum + length, 0);
    if (total <= MAX_VALUES_LENGTH) return;
    const { name } = lengths.toSorted((one, other) => other.length - one.length)[0]!;
    const { error, params } = code('custom_values_too_long', { max: MAX_VALUES_LENGTH });
    context.addIssue({ code: 'custom', path: [name], message: error, params });
  });
}

/** What the schema of a form with amounts depends on. */
export interface SchemaRules {
  currency: string;
  rules: readonly ValueRule[];
}

/** For a form whose other fields are the same in every tenant. */
export function schemaWithCustomFields<Shape extends z.ZodRawShape>(
  shape: Shape,
): (form: Pick<CustomForm, 'rules'>) => z.ZodObject<Shape> {
  const schemaOf = cachedSchema((rules: readonly ValueRule[]) => objectWithCustomFields(shape, rules));
  return ({ rules }) => schemaOf(rules);
}

function lengthOf(value: FieldValue | null): number {
  return value === null ? 0 : submittedTexts(value).join('').length;
}

function valueSchema({ type, title, is_required, choices, kept }: ValueRule): z.ZodType<FieldValue | null> {
  const { parse, missing, hasChoices } = fieldTypes[type];
  const parsed = parse({ choices, title });
  const schema = kept === null || hasChoices ? parsed : orKept(parsed, kept);
  return schema.refine((value) => value !== null || !is_required, missing(title));
}

/** Accepts the stored value without the rules of its field. */
function orKept(parsed: z.ZodType<FieldValue | null>, kept: FieldValue): z.ZodType<FieldValue | null> {
  const onOneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
  const keptText = onOneLine(submittedTexts(kept).join(', '));
  return text()
    .nullable()
    .default(null)
    .transform((typed, context) => {
      if (typed !== null && onOneLine(typed) === keptText) return kept;
      const result = parsed.safeParse(typed);
      if (result.success) return result.data;
      const { message, ...issue } = result.error.issues[0]!;
      const params = 'params' in issue ? { params: issue.params as Record<string, unknown> } : {};
      context.addIssue({ code: 'custom', message, ...params });
      return z.NEVER;
    });
}
