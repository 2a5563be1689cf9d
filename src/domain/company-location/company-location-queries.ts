import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = pick(
  'company_locations',
  'id',
  'company_id',
  'name',
  'code',
  'address',
  'phone',
  'contact_name',
  'archived_at',
  'version',
);

export type CompanyLocation = RowOf<typeof columns>;

/** Undefined for a location of another company. */
export function findLocation(db: TenantDb, companyId: string, id: string) {
  return selectRow(db.visible('company_locations').where({ id, company_id: companyId }), columns);
}

/** Shown to the customers of a company. */
export const MAX_SHOWN_LOCATIONS = 100;

/** Without archived ones. */
export function listOpenLocations(db: TenantDb, companyId: string) {
  const locations = db
    .from('company_locations')
    .where({ company_id: companyId })
    .whereNull('archived_at')
    .orderBy(['name_norm', 'id'])
    .limit(MAX_SHOWN_LOCATIONS);
  return selectRows(
    locations,
    pick('company_locations', 'id', 'name', 'code', 'address', 'phone', 'contact_name'),
  );
}
