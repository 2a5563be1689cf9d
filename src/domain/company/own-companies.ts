import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** Of companies that a customer acts for. */
export function listParents(db: TenantDb, ids: readonly string[]) {
  const companies = db.from('companies').whereRaw('id = any(?::uuid[])', [[...ids]]);
  return selectRows(companies, pick('companies', 'id', 'parent_id'));
}
