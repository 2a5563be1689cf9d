import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const MAX_OPTIONS = 500;

/** How many units a site has, in all and in each status. */
export interface Occupancy {
  units: number;
  occupied: number;
  reserved: number;
  available: number;
  blocked: number;
}

/** Of the sites with the alias. */
export function occupancy(db: TenantDb, alias: string) {
  return db.raw<Occupancy>(
    `(select jsonb_build_object('units', count(*),
        'occupied', count(*) filter (where o.status = 'occupied'),
        'reserved', count(*) filter (where o.status = 'reserved'),
        'available', count(*) filter (where o.status = 'available'),
        'blocked', count(*) filter (where o.status = 'blocked'))
      from units o where o.tenant_id = ? and o.site_id = ${alias}.id)`,
    [db.tenantId],
  );
}

const columns = (db: TenantDb) => ({
  ...pick('sites as s', 'id', 'name', 'address', 'status', 'version', 'custom'),
  occupancy: occupancy(db, 's'),
});

export type Site = RowOf<ReturnType<typeof columns>>;

export function findSite(db: TenantDb, id: string) {
  return selectRow(db.visible('sites as s').where('s.id', id), columns(db));
}

/**
 * Until the commit, after units. A new rental shares the lock with others; archiving the site excludes them, so that one
 * of the two is refused.
 */
export function lockSite(db: TenantDb, id: string, mode: 'share' | 'update') {
  const site = db.from('sites as s').where('s.id', id);
  return selectRow(
    mode === 'share' ? site.forShare() : site.forUpdate(),
    pick('sites as s', 'name', 'status'),
  );
}

const optionColumns = pick('sites as s', 'id', 'name', 'status');

/** Archived sites too, for filters and past units. */
export function listSites(db: TenantDb) {
  const sites = db.visible('sites as s').orderBy('s.name_norm').limit(MAX_OPTIONS);
  return selectRows(sites, optionColumns);
}
