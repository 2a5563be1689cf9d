import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CustomField } from './custom-field.ts';

const columns = [
  'f.id',
  'f.code',
  'f.title',
  'f.type',
  'f.choices',
  'f.is_required',
  'f.position',
  'f.version',
];

/** Not paged, because a tenant has at most MAX_FIELDS. */
export function listCustomFields(db: TenantDb): Knex.QueryBuilder<CustomField, CustomField[]> {
  return db
    .from('custom_fields as f')
    .orderBy(['f.position', 'f.id'])
    .select(columns) as unknown as Knex.QueryBuilder<CustomField, CustomField[]>;
}

export interface CustomFieldWithValue extends CustomField {
  value: string | null;
}

export function listCustomFieldsWithValues(
  db: TenantDb,
  userId: string,
): Knex.QueryBuilder<CustomFieldWithValue, CustomFieldWithValue[]> {
  return listCustomFields(db)
    .leftJoin('custom_field_values as v', {
      'v.tenant_id': 'f.tenant_id',
      'v.custom_field_id': 'f.id',
      'v.user_id': db.raw('?::uuid', [userId]),
    })
    .select('v.value') as unknown as Knex.QueryBuilder<CustomFieldWithValue, CustomFieldWithValue[]>;
}

export function findCustomField(
  db: TenantDb,
  id: string,
): Knex.QueryBuilder<CustomField, CustomField | undefined> {
  return db
    .from('custom_fields as f')
    .where('f.id', id)
    .select(columns)
    .first() as unknown as Knex.QueryBuilder<CustomField, CustomField | undefined>;
}
