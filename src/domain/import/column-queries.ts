import { column, pick, selectRow, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { ImportMapping, ImportOptions } from './import.ts';

const columns = {
  ...pick('imports as i', 'id', 'kind', 'state', 'mode', 'key', 'file_id', 'file_name', 'byte_count'),
  ...pick('imports as i', 'encoding', 'delimiter', 'header', 'imported_at', 'version'),
  mapping: column('imports as i', 'mapping') as Column<ImportMapping | null>,
  options: column('imports as i', 'options') as Column<Partial<ImportOptions>>,
};

export type MatchedImport = RowOf<typeof columns>;

/** With what the page that matches its columns needs. */
export function findMatchedImport(db: TenantDb, id: string) {
  return selectRow(db.from('imports as i').where('i.id', id), columns);
}

const mappingColumns = {
  ...pick('import_mappings as m', 'id', 'kind', 'name', 'header'),
  mapping: column('import_mappings as m', 'mapping') as Column<ImportMapping>,
  options: column('import_mappings as m', 'options') as Column<Partial<ImportOptions>>,
};

export type SavedMapping = RowOf<typeof mappingColumns>;

const MAX_MAPPINGS = 100;

/** Of the kind of the import. */
export function listMappings(db: TenantDb, importId: string) {
  const mappings = db
    .from('import_mappings as m')
    .whereRaw('m.kind = (select i.kind from imports i where i.tenant_id = ? and i.id = ?)', [
      db.tenantId,
      importId,
    ])
    .orderBy('m.name_norm');
  return selectRows(mappings.limit(MAX_MAPPINGS), mappingColumns);
}

export function findMapping(db: TenantDb, id: string) {
  return selectRow(db.from('import_mappings as m').where('m.id', id), mappingColumns);
}
