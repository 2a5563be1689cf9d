import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { FieldEntity } from './custom-field.ts';

const columns = pick(
  'custom_fields as f',
  'id',
  'entity',
  'code',
  'title',
  'type',
  'choices',
  'is_required',
  'is_read_only',
  'is_secret',
  'is_searchable',
  'customer_access',
  'retired_at',
  'position',
  'version',
);

export type CustomField = RowOf<typeof columns>;

/** Without the retired ones. Not paged, because an entity has at most MAX_FIELDS. */
export function listCustomFields(db: TenantDb, entity: FieldEntity) {
  return listAllCustomFields(db, entity).whereNull('f.retired_at');
}

/** Also the retired ones. */
export function listAllCustomFields(db: TenantDb, entity: FieldEntity) {
  const fields = db.from('custom_fields as f').where('f.entity', entity).orderBy(['f.position', 'f.id']);
  return selectRows(fields, columns);
}

/** Of all entities, also the retired ones. */
export function listTenantFields(db: TenantDb) {
  return selectRows(db.from('custom_fields as f').orderBy(['f.position', 'f.id']), columns);
}

export function findCustomField(db: TenantDb, id: string) {
  return selectRow(db.from('custom_fields as f').where('f.id', id), columns);
}
