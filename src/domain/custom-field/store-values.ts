import { insertMany } from '../../database/insert-many.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import { seal, unseal } from '../token/seal.ts';
import type { CustomField } from './custom-field-queries.ts';
import { fieldEntities, type FieldEntity } from './custom-field.ts';
import { convertValue, normaliseValue, submittedTexts, type FieldValue } from './field-types.ts';
import {
  customFieldName,
  removalName,
  type CustomFieldValues,
  type CustomForm,
  type StoredValues,
} from './form-fields.ts';
import { deleteFormerValues } from './former-values.ts';

export const MASKED = '•••';

/**
 * Saves the values of a form, parsed by `customFieldShape`. Null deletes a value; fields that `values` does not contain
 * are kept. Returns the changes for the audit log.
 */
export function saveCustomValues(
  db: TenantDb,
  entity: FieldEntity,
  id: string,
  form: CustomForm,
  values: object,
): Changes {
  return saveValuesOfRows(db, entity, [id], form, values);
}

/** The same for several rows, with one statement. They have the same stored values: new rows have none. */
export function saveValuesOfRows(
  db: TenantDb,
  entity: FieldEntity,
  ids: readonly string[],
  form: CustomForm,
  values: object,
): Changes {
  const { fields, stored } = form;
  const rows = ids.map((id) => ({ id, values: changedValues(id, form, values as CustomFieldValues) }));
  const changed = rows[0]?.values ?? {};
  const codes = Object.keys(changed);
  if (codes.length === 0) return {};
  const is_new = codes.every((code) => stored[code] === undefined);
  storeCustomValues(
    db,
    entity,
    fields,
    rows.map((row) => ({ ...row, is_new })),
  );
  const entries = fields
    .filter(({ code }) => Object.hasOwn(changed, code))
    .map((field) => [customFieldName(field), auditedChange(field, stored, changed)] as const);
  return Object.fromEntries(entries);
}

/** By the codes of the fields. */
function changedValues(id: string, { fields, stored, secretKeys }: CustomForm, given: CustomFieldValues) {
  const changed: Record<string, FieldValue | null> = {};
  for (const field of fields) {
    const after = field.is_secret
      ? secretChange(field, id, given, secretKeys)
      : given[customFieldName(field)];
    if (after !== undefined && !isEqual(stored[field.code] ?? null, after)) changed[field.code] = after;
  }
  return changed;
}

function auditedChange(
  { code, is_secret }: CustomField,
  stored: StoredValues,
  changed: Readonly<Record<string, FieldValue | null>>,
): [unknown, unknown] {
  const [before, after] = [stored[code] ?? null, changed[code] ?? null];
  return is_secret ? [before && MASKED, after && MASKED] : [before, after];
}

/** Undefined for a field without an input: the stored secret stays. */
function secretChange(
  field: CustomField,
  id: string,
  given: CustomFieldValues,
  secretKeys: readonly string[],
): string | null | undefined {
  const typed = given[customFieldName(field)];
  if (typeof typed === 'string') return sealValue(secretKeys, id, field, typed);
  return given[removalName(field)] === true ? null : undefined;
}

/** As it is stored for the row. */
export function sealValue(
  secretKeys: readonly string[],
  id: string,
  field: Pick<CustomField, 'id'>,
  typed: string,
): string {
  return seal(secretKeys, sealedFor(id, field), typed).toString('base64');
}

/** Undefined if the key of the secret is unknown. */
export function unsealValue(
  secretKeys: readonly string[],
  id: string,
  field: Pick<CustomField, 'id'>,
  sealed: string,
): string | undefined {
  return unseal(secretKeys, sealedFor(id, field), Buffer.from(sealed, 'base64'));
}

/** A sealed value cannot be moved to another row or field. */
function sealedFor(id: string, field: Pick<CustomField, 'id'>): string {
  return `${id} ${field.id}`;
}

export interface ChangedValues {
  /** Of the row. */
  id: string;
  /** By the codes of the fields. Null deletes a value. */
  values: Readonly<Record<string, FieldValue | null>>;
  /** The row had no value of these fields. */
  is_new?: boolean;
}

/**
 * Writes values and their index. The statements are sent with the next awaited one; other values of the rows are kept.
 * `fields` has those of the changed values.
 */
export function storeCustomValues(
  db: TenantDb,
  entity: FieldEntity,
  fields: readonly CustomField[],
  changed: readonly ChangedValues[],
): void {
  db.defer({
    text: `update ${fieldEntities[entity].table} t set custom = jsonb_strip_nulls(t.custom || v.changed)
       from jsonb_to_recordset($1::jsonb) v (id uuid, changed jsonb)
       where t.tenant_id = $2 and t.id = v.id`,
    values: [JSON.stringify(changed.map(({ id, values }) => ({ id, changed: values }))), db.tenantId],
  });
  indexValues(db, fields, changed);
  const replaced = changed.filter(({ is_new }) => !is_new);
  if (entity === 'user' && replaced.length > 0) deleteFormerValues(db, fields, replaced);
}

/** Writes the index again. Fields that are not searchable have no index. */
export function indexValues(
  db: TenantDb,
  fields: readonly CustomField[],
  changed: readonly ChangedValues[],
): void {
  const cells = changed.flatMap(({ id, values, is_new = false }) =>
    fields
      .filter(({ code }) => Object.hasOwn(values, code))
      .map((field) => ({ entity_id: id, field, value: values[field.code]!, is_new })),
  );
  const rows = cells.flatMap(({ entity_id, field, value }) =>
    indexedTexts(field, value).map((value_norm) => ({
      entity_id,
      custom_field_id: field.id,
      value_norm,
    })),
  );
  const keys = cells
    .filter(({ is_new }) => !is_new)
    .map(({ entity_id, field }) => ({ entity_id, custom_field_id: field.id }));
  if (keys.length > 0)
    db.defer({
      text: `delete from custom_field_values_index i
       using jsonb_to_recordset($1::jsonb) v (entity_id uuid, custom_field_id uuid)
       where i.tenant_id = $2 and i.entity_id = v.entity_id and i.custom_field_id = v.custom_field_id`,
      values: [JSON.stringify(keys), db.tenantId],
    });
  if (rows.length > 0)
    db.defer(
      insertMany(db, 'custom_field_values_index', rows, keys.length > 0 ? { onConflict: 'do nothing' } : {}),
    );
}

function indexedTexts(
  { type, choices, is_searchable, is_secret }: CustomField,
  value: FieldValue | null,
): string[] {
  if (!is_searchable || is_secret || value === null) return [];
  // A value of a former type has no place in the order of the present one.
  const isConverted =
    convertValue({ type, choices: [...choices, ...submittedTexts(value)] }, value) !== undefined;
  return isConverted ? normaliseValue(type, value) : [];
}

function isEqual(before: FieldValue | null, after: FieldValue | null): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
