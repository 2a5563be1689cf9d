import type { Knex } from 'knex';
import { column, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** Of a select. More are found on the page of units. */
const MAX_OPTIONS = 500;

const columns = (db: TenantDb) => ({
  ...pick(
    'units as u',
    'id',
    'site_id',
    'unit_type_id',
    'code',
    'status',
    'blocked_reason',
    'version',
    'custom',
  ),
  /** Null: the price of the type. */
  own_price_cents: column('units as u', 'price_cents'),
  price_cents: db.raw<bigint>('coalesce(u.price_cents, t.price_cents)'),
  has_access_code: db.raw<boolean>('u.sealed_access_code is not null'),
  site_name: column('sites as s', 'name'),
  type_name: column('unit_types as t', 'name'),
  ...pick('unit_types as t', 'width_mm', 'depth_mm', 'height_mm', 'deposit_cents', 'tax_rate_id'),
});

/** With the prices and the size of its type. */
export type Unit = RowOf<ReturnType<typeof columns>>;

export function findUnit(db: TenantDb, id: string) {
  return selectRow(withType(db.visible('units as u')).where('u.id', id), columns(db));
}

/**
 * Locks units until the commit, in the order of their ids, before billing accounts and rentals. A unit that does not
 * exist, or that the viewer may not see, is missing in the result.
 */
export async function lockUnits(db: TenantDb, ids: readonly string[]): Promise<Map<string, Unit>> {
  const units = withType(db.visible('units as u'))
    .whereRaw('u.id = any(?::uuid[])', [[...new Set(ids)]])
    .orderBy('u.id')
    .forUpdate('u');
  const rows = await selectRows(units, columns(db));
  return new Map(rows.map((unit) => [unit.id, unit]));
}

/** For a select: those that can be rented now. */
export function listAvailableUnits(db: TenantDb) {
  const units = withType(db.visible('units as u'))
    .where({ 'u.status': 'available', 's.status': 'active' })
    .orderBy(['u.code_sort', 'u.id'])
    .limit(MAX_OPTIONS);
  return selectRows(units, columns(db));
}

/** Where the access code of a unit is stored encrypted, see `showAccessCode`. */
export function findSealedAccessCode(db: TenantDb, id: string) {
  return selectRow(db.visible('units').where({ id }), pick('units', 'code', 'sealed_access_code'));
}

/** Joins the type and the site of the units. */
export function withType(units: Knex.QueryBuilder): Knex.QueryBuilder {
  return units
    .join('unit_types as t', { 't.tenant_id': 'u.tenant_id', 't.id': 'u.unit_type_id' })
    .join('sites as s', { 's.tenant_id': 'u.tenant_id', 's.id': 'u.site_id' });
}
