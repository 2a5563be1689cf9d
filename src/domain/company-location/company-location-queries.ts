import { pick, selectRow, type RowOf } from '../../database/columns.ts';
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
