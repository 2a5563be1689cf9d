import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const MAX_SHOWN_LOCATIONS = 100;

/** What customers of the company see of its locations: those that are not archived. */
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
