import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = pick('tax_rates', 'id', 'code', 'name', 'rate_ppm', 'is_inclusive', 'is_default');

export type ListedTaxRate = RowOf<typeof columns>;

/** Those that new lines may have. */
export function listTaxRates(db: TenantDb) {
  const rates = db.from('tax_rates').where({ is_retired: false }).orderBy(['code_norm', 'id']).limit(100);
  return selectRows(rates, columns);
}
