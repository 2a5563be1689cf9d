import type { Request, Response } from 'express';
import type { CustomField } from '../domain/custom-field/custom-field-queries.ts';
import {
  fieldTypes,
  formatValue,
  submittedTexts,
  type FieldValue,
} from '../domain/custom-field/field-types.ts';
import {
  customFieldName,
  customForm,
  formValues,
  missingFields,
  readCustom,
  removalName,
  visibleFields,
  type CustomForm,
  type Editor,
  type StoredValues,
  type ValueRule,
} from '../domain/custom-field/form-fields.ts';
import { MASKED, unsealValue } from '../domain/custom-field/store-values.ts';
import { longForm } from './input.ts';
import { MAX_VALUE_FIELDS, MAX_VALUES_LENGTH } from '../domain/custom-field/custom-field.ts';
import { consumeFlashData, flash, setFlashData } from './flash.ts';
import { submittedNames } from './form.ts';
import { localeOf, translateFor } from './render-page.ts';

/** Follows the guard of a route whose form has custom fields. */
export const customForms = longForm(MAX_VALUES_LENGTH, MAX_VALUE_FIELDS);

type Fields = readonly CustomField[];

/** The custom fields of a form of staff. `stored` is absent for a new row. */
export function staffForm(req: Request, fields: Fields, stored?: StoredValues): CustomForm {
  return customForm(fields, { ...(stored && { stored }), secretKeys: req.secretKeys });
}

/** A row whose custom fields are shown. */
export interface ShownRow {
  id: string;
  custom: unknown;
}

/** For a summary list. Secret values are masked until they are revealed. */
export function shownFields(req: Request, fields: Fields, row: ShownRow, editor: Editor = 'staff') {
  const stored = readCustom(row);
  const mayReveal = editor === 'staff' && req.actor.permissions.has('custom_fields.reveal');
  const visible = visibleFields(fields, editor);
  // Customers see no fields without a value, which they could not fill in here.
  const shown = editor === 'staff' ? visible : visible.filter(({ code }) => stored[code] !== undefined);
  return shown.map((field) => {
    const { id: field_id, title: key } = field;
    const value = stored[field.code];
    if (value === undefined) return { key, value: null };
    if (!field.is_secret) return { key, ...shownValue(req, field, value) };
    const revealed = mayReveal ? consumeRevealed(req, field, row.id) : undefined;
    if (revealed !== undefined) return { key, ...shownValue(req, field, revealed) };
    return { key, value: MASKED, ...(mayReveal && { reveal: { field_id, row_id: row.id } }) };
  });
}

function shownValue(req: Request, { type }: CustomField, value: FieldValue) {
  const href = typeof value === 'string' ? fieldTypes[type].href?.(value) : undefined;
  const text = formatValue(type, value, { locale: localeOf(req), t: translateFor(req) });
  return { value: text, ...(href !== undefined && { href }) };
}

/** The next page of the row shows the value. Encrypted, because sessions must not contain secrets. */
export function revealNext(req: Request, fieldId: string, rowId: string, sealed: string): void {
  setFlashData(req, revealedPath(fieldId, rowId), sealed);
}

function consumeRevealed(req: Request, field: CustomField, rowId: string): string | undefined {
  const sealed = consumeFlashData(req, revealedPath(field.id, rowId));
  return sealed === undefined ? undefined : unsealValue(req.secretKeys, rowId, field, sealed);
}

function revealedPath(fieldId: string, rowId: string): string {
  return `/revealed-fields/${fieldId}/${rowId}`;
}

/** The titles of the required fields without a value. */
export function missingTitles(fields: Fields, stored: StoredValues): string[] {
  return missingFields(fields, stored).map(({ title }) => title);
}

/** For the component `customFields`. */
export function fieldInputs(req: Request, form: CustomForm) {
  const t = translateFor(req);
  const values = formValues(form);
  const shown = (value: FieldValue, type: CustomField['type']) =>
    formatValue(type, value, { locale: localeOf(req), t });
  return form.fields.map((field, index) => {
    const rule = form.rules[index]!;
    const value = values[rule.name] ?? null;
    const { control, ...line } = inputOf(rule);
    return {
      ...line,
      control,
      name: rule.name,
      label: field.title,
      is_required: field.is_required,
      is_secret: field.is_secret,
      is_set: form.stored[field.code] !== undefined,
      removal: rule.removal,
      values: value === null ? [] : submittedTexts(value),
      /** For the hint of a stale form. */
      shown: value === null ? '' : shown(value, field.type),
      options: optionsOf(rule, t),
    };
  });
}

export type FieldInput = ReturnType<typeof fieldInputs>[number];

/** A stored value that the input of its type could not show is in one line of text. */
function inputOf({ type, kept }: ValueRule) {
  const { input, hasChoices } = fieldTypes[type];
  return kept === null || hasChoices ? input : ({ control: 'line' } as typeof input);
}

function optionsOf({ type, choices }: ValueRule, t: (text: string) => string) {
  if (type === 'yes_no')
    return [
      { value: 'yes', label: t('Yes') },
      { value: 'no', label: t('No') },
    ];
  return choices.map((choice) => ({ value: choice, label: choice }));
}

/**
 * The inputs of fields that are not in the form now. A form that was rendered before may have them: it is accepted, and the
 * next page names what was entered and is not saved.
 */
export function formerInputs(req: Request, res: Response, { former, stored }: CustomForm): string[] {
  const names = new Set(submittedNames(req.body));
  return former.flatMap(({ field, title }) => {
    const name = customFieldName(field);
    const inputs = [name, `${name}[]`].filter((each) => names.has(each));
    const entered = inputs.flatMap((each) => submittedTexts(req.body[each] as FieldValue)).join();
    if (entered !== '' && entered !== submittedTexts(stored[field.code] ?? '').join())
      flashOnce(req, res, field.retired_at === null ? CLOSED : RETIRED, title);
    return [...inputs, removalName(field)];
  });
}

const RETIRED = '{title} is no longer used; its value was not saved.';
const CLOSED = '{title} can no longer be changed here; its value was not saved.';

/** Also in a transaction that runs again. */
function flashOnce(req: Request, res: Response, text: string, title: string): void {
  const isStored = req.session.flashes?.some(
    (each) => each.text === text && each.params?.['title'] === title,
  );
  if (!isStored) flash(req, res, text, { kind: 'warn', params: { title } });
}
