import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = pick('tax_rates', 'id', 'code', 'name', 'rate_ppm', 'is_inclusive', 'is_default');

export type ListedTaxRate = RowOf<typeof columns>;

/** Those that new lines may have, and the given ones, which may be retired. */
export function listTaxRates(db: TenantDb, ids: readonly string[] = []) {
  const rates = db
    .from('tax_rates')
    .whereRaw('(not is_retired or id = any(?::uuid[]))', [[...ids]])
    .orderBy(['code_norm', 'id'])
    .limit(100);
  return selectRows(rates, columns);
}
