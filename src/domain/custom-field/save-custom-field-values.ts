import type { TenantDb } from '../../database/tenant-db.ts';
import { normalName } from '../text/normalise.ts';
import { customFieldName, type CustomField } from './custom-field.ts';
import { listAnsweredCustomFields } from './custom-field-queries.ts';

/**
 * Keeps a person's values as parsed by {@link customFieldShape}; null takes one away, a field that `values` does not
 * name stays as it is. Answers what changed, as the audit log wants it: name → [before, after].
 */
export async function saveCustomFieldValues(
  db: TenantDb,
  userId: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Record<string, [string | null, string | null]>> {
  const changes: Record<string, [string | null, string | null]> = {};
  for (const field of await listAnsweredCustomFields(db, userId)) {
    const name = customFieldName(field);
    const after = values[name] as string | null | undefined;
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
      value_norm: normalName(value),
      updated_at: new Date(),
    })
    .onConflict(['tenant_id', 'user_id', 'custom_field_id'])
    .merge(['value', 'value_norm', 'updated_at']);
}
