import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { withType } from '../unit/unit-queries.ts';
import { placeOf } from './unit-row-context.ts';

const columns = {
  ...pick('units as u', 'id', 'site_id', 'unit_type_id', 'code', 'code_norm', 'price_cents', 'version'),
  ...pick('units as u', 'sealed_access_code', 'custom'),
  type_name: column('unit_types as t', 'name'),
  type_price_cents: column('unit_types as t', 'price_cents'),
};

export type StoredUnit = RowOf<typeof columns>;

export interface StoredUnits {
  byId: ReadonlyMap<string, StoredUnit>;
  /** By site and code. */
  byPlace: ReadonlyMap<string, StoredUnit>;
}

interface Wanted {
  ids: readonly string[];
  places: readonly { site_id: string; code_norm: string }[];
  lock: boolean;
}

/** Those that the viewer may see. */
export async function findStoredUnits(db: TenantDb, { ids, places, lock }: Wanted): Promise<StoredUnits> {
  const units = withType(db.visible('units as u'))
    .whereRaw(
      `(u.id = any(?::uuid[]) or (u.site_id, u.code_norm) in
        (select p.site_id, p.code_norm from unnest(?::uuid[], ?::text[]) p (site_id, code_norm)))`,
      [[...ids], places.map(({ site_id }) => site_id), places.map(({ code_norm }) => code_norm)],
    )
    .orderBy('u.id');
  const found = await selectRows(lock ? units.forUpdate('u') : units, columns);
  return {
    byId: new Map(found.map((unit) => [unit.id, unit])),
    byPlace: new Map(found.map((unit) => [placeOf(unit.site_id, unit.code_norm), unit])),
  };
}
