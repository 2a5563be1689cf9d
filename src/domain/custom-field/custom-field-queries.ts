import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = pick(
  'custom_fields as f',
  'id',
  'code',
  'title',
  'type',
  'choices',
  'is_required',
  'position',
  'version',
);

export type CustomField = RowOf<typeof columns>;

/** Not paged, because a tenant has at most MAX_FIELDS. */
export function listCustomFields(db: TenantDb) {
  return selectRows(orderedFields(db), columns);
}

const columnsWithValue = { ...columns, value: nullable(column('custom_field_values as v', 'value')) };

export type CustomFieldWithValue = RowOf<typeof columnsWithValue>;

export function listCustomFieldsWithValues(db: TenantDb, userId: string) {
  const fields = orderedFields(db).leftJoin('custom_field_values as v', {
    'v.tenant_id': 'f.tenant_id',
    'v.custom_field_id': 'f.id',
    'v.user_id': db.raw('?::uuid', [userId]),
  });
  return selectRows(fields, columnsWithValue);
}

export function listMissingFields(db: TenantDb, userId: string) {
  return listCustomFieldsWithValues(db, userId).where('f.is_required', true).whereNull('v.value');
}

export function findCustomField(db: TenantDb, id: string) {
  return selectRow(db.from('custom_fields as f').where('f.id', id), columns);
}

function orderedFields(db: TenantDb) {
  return db.from('custom_fields as f').orderBy(['f.position', 'f.id']);
}
