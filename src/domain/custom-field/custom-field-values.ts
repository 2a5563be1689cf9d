import { batchesOf } from '../../database/batches.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import type { CustomField } from './custom-field-queries.ts';
import { customFieldName, type CustomFieldValues } from './custom-field.ts';

/**
 * Saves values parsed by `customFieldShape`; `fields` have the stored values. Null deletes a value; fields that `values`
 * does not contain are kept.
 */
export function saveCustomFieldValues(
  db: TenantDb,
  user_id: string,
  fields: readonly (CustomField & { value?: string | null })[],
  values: CustomFieldValues,
): Changes {
  const changes: Changes = {};
  const stored: CustomFieldValue[] = [];
  const deleted: string[] = [];
  for (const { value = null, ...field } of fields) {
    const name = customFieldName(field);
    const after = values[name];
    if (after === undefined || after === value) continue;
    changes[name] = [value, after];
    if (after === null) deleted.push(field.id);
    else stored.push({ user_id, custom_field_id: field.id, value: after });
  }
  storeCustomFieldValues(db, stored);
  if (deleted.length > 0)
    db.defer(db.from('custom_field_values').where({ user_id }).whereIn('custom_field_id', deleted).delete());
  return changes;
}

export interface CustomFieldValue {
  user_id: string;
  custom_field_id: string;
  value: string;
}

/** One statement for a thousand values. Replaces stored ones. Fails for two values of one field of a user. */
export function storeCustomFieldValues(db: TenantDb, values: readonly CustomFieldValue[]): void {
  const updated_at = db.raw<Date>('now()');
  for (const batch of batchesOf(values)) {
    const rows = batch.map((each) => ({ ...each, updated_at }));
    db.defer(
      db
        .insertInto('custom_field_values', rows)
        .onConflict(['tenant_id', 'user_id', 'custom_field_id'])
        .merge(['value', 'updated_at']),
    );
  }
}
