import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import { normaliseName } from '../text/normalise.ts';
import { listCustomFieldsWithValues, type CustomField } from './custom-field-queries.ts';
import { customFieldName, type CustomFieldValues } from './custom-field.ts';

/** Saves values parsed by `customFieldShape`. Null deletes a value; fields that `values` does not contain are kept. */
export async function saveCustomFieldValues(
  db: TenantDb,
  userId: string,
  values: CustomFieldValues,
): Promise<Changes> {
  const changes: Changes = {};
  for (const field of await listCustomFieldsWithValues(db, userId)) {
    const name = customFieldName(field);
    const after = values[name];
    if (after === undefined || after === field.value) continue;
    await saveValue(db, userId, field, after);
    changes[name] = [field.value, after];
  }
  return changes;
}

async function saveValue(
  db: TenantDb,
  userId: string,
  { id }: CustomField,
  value: string | null,
): Promise<void> {
  const key = { user_id: userId, custom_field_id: id };
  if (value === null) {
    await db.from('custom_field_values').where(key).delete();
    return;
  }
  await db
    .insertInto('custom_field_values', {
      ...key,
      value,
      value_norm: normaliseName(value),
      updated_at: new Date(),
    })
    .onConflict(['tenant_id', 'user_id', 'custom_field_id'])
    .merge(['value', 'value_norm', 'updated_at']);
}
