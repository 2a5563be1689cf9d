import { batchesOf } from '../../database/batches.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import { normaliseName } from '../text/normalise.ts';
import { listCustomFieldsWithValues } from './custom-field-queries.ts';
import { customFieldName, type CustomFieldValues } from './custom-field.ts';

/** Saves values parsed by `customFieldShape`. Null deletes a value; fields that `values` does not contain are kept. */
export async function saveCustomFieldValues(
  db: TenantDb,
  user_id: string,
  values: CustomFieldValues,
): Promise<Changes> {
  const changes: Changes = {};
  const stored: CustomFieldValue[] = [];
  const deleted: string[] = [];
  for (const field of await listCustomFieldsWithValues(db, user_id)) {
    const name = customFieldName(field);
    const after = values[name];
    if (after === undefined || after === field.value) continue;
    changes[name] = [field.value, after];
    if (after === null) deleted.push(field.id);
    else stored.push({ user_id, custom_field_id: field.id, value: after });
  }
  await storeCustomFieldValues(db, stored);
  if (deleted.length > 0)
    await db.from('custom_field_values').where({ user_id }).whereIn('custom_field_id', deleted).delete();
  return changes;
}

export interface CustomFieldValue {
  user_id: string;
  custom_field_id: string;
  value: string;
}

/** One statement for a thousand values. Replaces stored ones. @throws for two values of one field of a user */
export async function storeCustomFieldValues(
  db: TenantDb,
  values: readonly CustomFieldValue[],
): Promise<void> {
  const updated_at = new Date();
  for (const batch of batchesOf(values)) {
    const rows = batch.map((each) => ({ ...each, value_norm: normaliseName(each.value), updated_at }));
    await db
      .insertInto('custom_field_values', rows)
      .onConflict(['tenant_id', 'user_id', 'custom_field_id'])
      .merge(['value', 'value_norm', 'updated_at']);
  }
}
