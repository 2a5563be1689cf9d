import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { FieldError } from '../form/parse-values.ts';

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

const MAX_RATES = 100;

/** With the retired ones last, newest first. */
export function listAllTaxRates(db: TenantDb) {
  const rates = db
    .from('tax_rates')
    .orderBy(['is_retired', 'code_norm', { column: 'id', order: 'desc' }])
    .limit(MAX_RATES);
  return selectRows(rates, { ...columns, ...pick('tax_rates', 'is_retired') });
}

export function findTaxRate(db: TenantDb, id: string) {
  const rates = db.from('tax_rates').where({ id });
  return selectRow(rates, { ...columns, ...pick('tax_rates', 'is_retired') });
}

/** Null for no id, and for a rate that is retired: it can no longer be chosen. */
export async function findUsableTaxRate(db: TenantDb, id: string | null): Promise<ListedTaxRate | null> {
  const rate = id === null ? undefined : await findTaxRate(db, id);
  return rate && !rate.is_retired ? rate : null;
}

/** Why a new line cannot have the rate. */
export async function taxRateError(
  db: TenantDb,
  id: string | null,
  field = 'tax_rate_id',
): Promise<FieldError | undefined> {
  if (id === null || (await findUsableTaxRate(db, id))) return undefined;
  return { field, code: 'invalid' };
}
