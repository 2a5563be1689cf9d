import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const MAX_TYPES = 500;

const columns = pick(
  'unit_types as t',
  'id',
  'name',
  'width_mm',
  'depth_mm',
  'height_mm',
  'price_cents',
  'deposit_cents',
);

export type AvailableType = RowOf<typeof columns>;

/** For customers: the types with a unit that can be rented now. */
export function listAvailableTypes(db: TenantDb) {
  const units = selectRows(
    db
      .from('units as u')
      .join('sites as s', { 's.tenant_id': 'u.tenant_id', 's.id': 'u.site_id' })
      .where({ 'u.status': 'available', 's.status': 'active' }),
    pick('units as u', 'unit_type_id'),
  );
  const types = db.from('unit_types as t').whereIn('t.id', units).orderBy('t.name_norm').limit(MAX_TYPES);
  return selectRows(types, columns);
}
