import type { Request, Response } from 'express';
import type { CustomField } from '../domain/custom-field/custom-field-queries.ts';
import {
  fieldTypes,
  formatValue,
  isFile,
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
  uploadableFields,
  visibleFields,
  type CustomForm,
  type StoredValues,
  type ValueRule,
} from '../domain/custom-field/form-fields.ts';
import { MASKED, unsealValue } from '../domain/custom-field/store-values.ts';
import { longForm } from './input.ts';
import { fieldEntities, MAX_VALUE_FIELDS, MAX_VALUES_LENGTH } from '../domain/custom-field/custom-field.ts';
import { fileText } from './field-files.ts';
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

/** Where the file of a field is. */
interface FilePaths {
  /** The download. */
  content: (fieldId: string) => string;
  /** The page that uploads it; absent if the editor may not. */
  upload?: (fieldId: string) => string;
}

/** For a summary list. Secret values are masked until they are revealed. */
export function shownFields(req: Request, fields: Fields, row: ShownRow) {
  const mayReveal = req.actor.permissions.has('custom_fields.reveal');
  const upload = (fieldId: string) => `/files/${fieldId}/${row.id}`;
  const mayUpload = ({ entity }: CustomField) => req.actor.permissions.has(fieldEntities[entity].edit);
  return fields.map((field) => {
    const paths = { content: (id: string) => `${upload(id)}/content`, ...(mayUpload(field) && { upload }) };
    return shownField(req, field, row, { mayReveal, paths });
  });
}

/** What a customer sees of them. */
export function fieldsForCustomer(req: Request, fields: Fields, row: ShownRow, paths: FilePaths) {
  const stored = readCustom(row);
  const uploadable = paths.upload ? uploadableFields(fields, 'customer') : [];
  // Customers see no fields without a value, which they could not fill in here.
  const shown = visibleFields(fields, 'customer').filter(
    (field) => stored[field.code] !== undefined || uploadable.includes(field),
  );
  return shown.map((field) => {
    const { content } = paths;
    const own = uploadable.includes(field) ? paths : { content };
    return shownField(req, field, row, { mayReveal: false, paths: own });
  });
}

interface ShownOptions {
  mayReveal: boolean;
  paths: FilePaths;
}

function shownField(req: Request, field: CustomField, row: ShownRow, { mayReveal, paths }: ShownOptions) {
  const { id: field_id, title: key } = field;
  const value = readCustom(row)[field.code];
  if (fieldTypes[field.type].hasOwnPage) return { key, ...shownFile(req, field, value, paths) };
  if (value === undefined) return { key, value: null };
  if (!field.is_secret) return { key, ...shownValue(req, field, value) };
  const revealed = mayReveal ? consumeRevealed(req, field, row.id) : undefined;
  if (revealed !== undefined) return { key, ...shownValue(req, field, revealed) };
  return { key, value: MASKED, ...(mayReveal && { reveal: { field_id, row_id: row.id } }) };
}

function shownFile(req: Request, { id }: CustomField, value: FieldValue | undefined, paths: FilePaths) {
  const t = translateFor(req);
  const change = {
    change_href: paths.upload?.(id),
    change_label: t(value === undefined ? 'Upload' : 'Replace'),
  };
  const file = isFile(value) ? { value: fileText(req, value), href: paths.content(id) } : { value: null };
  return { ...file, ...(paths.upload && change) };
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
