import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const MAX_OPTIONS = 500;

const columns = {
  ...pick('unit_types as t', 'id', 'name', 'width_mm', 'depth_mm', 'height_mm', 'price_cents'),
  ...pick('unit_types as t', 'deposit_cents', 'tax_rate_id', 'version', 'custom'),
  tax_rate_name: nullable(column('tax_rates as x', 'name')),
};

export type UnitType = RowOf<typeof columns>;

export function findUnitType(db: TenantDb, id: string) {
  const types = db
    .from('unit_types as t')
    .leftJoin('tax_rates as x', { 'x.tenant_id': 't.tenant_id', 'x.id': 't.tax_rate_id' })
    .where('t.id', id);
  return selectRow(types, columns);
}

const optionColumns = pick('unit_types as t', 'id', 'name', 'price_cents');

export function listUnitTypes(db: TenantDb) {
  return selectRows(db.from('unit_types as t').orderBy('t.name_norm').limit(MAX_OPTIONS), optionColumns);
}
