import { groupBy } from '../../group-by.ts';
import { column, nullable, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { TaxRate } from '../billing/tax.ts';
import { amountStep } from '../billing/money.ts';
import type { BillingSettings } from '../billing/billing-settings.ts';
import type { BilledRental, PlanOptions } from './plan-periods.ts';

/** A rental with all that its periods are computed from. */
export interface RentalToBill extends BilledRental {
  billing_account_id: string;
  currency: string;
  unit_code: string;
}

const rentalColumns = {
  ...pick(
    'rentals as r',
    'id',
    'billing_account_id',
    'starts_on',
    'ends_on',
    'next_period_on',
    'price_cents',
  ),
  ...pick('rentals as r', 'interval_unit', 'interval_count', 'anchor_on', 'anchor_day', 'tax_rate_id'),
  ...pick('billing_accounts as b', 'currency'),
  unit_code: column('units as u', 'code'),
  rate_ppm: nullable(column('tax_rates as x', 'rate_ppm')),
  is_inclusive: nullable(column('tax_rates as x', 'is_inclusive')),
};

const priceColumns = pick('rental_prices as rp', 'rental_id', 'effective_on', 'price_cents');

const chargeColumns = {
  ...pick('rental_charges as rc', 'id', 'rental_id', 'kind', 'description', 'amount_cents', 'amount_ppm'),
  ...pick('rental_charges as rc', 'starts_on', 'ends_on', 'is_prorated', 'tax_rate_id'),
  rate_ppm: nullable(column('tax_rates as x', 'rate_ppm')),
  is_inclusive: nullable(column('tax_rates as x', 'is_inclusive')),
};

type Charge = RowOf<typeof chargeColumns>;

/** Three statements, whose results `toRentalsToBill` joins. For `readTenant`. */
export function billedRentalReads(
  db: TenantDb,
  ids: readonly string[],
  { isLocked = false }: { isLocked?: boolean } = {},
) {
  const any = [[...ids]];
  const rentals = db
    .from('rentals as r')
    .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
    .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .leftJoin('tax_rates as x', { 'x.tenant_id': 'r.tenant_id', 'x.id': 'r.tax_rate_id' })
    .whereRaw('r.id = any(?::uuid[])', any)
    .orderBy('r.id');
  if (isLocked) void rentals.forUpdate('r');
  // The newest row of a day counts, so it is the last one.
  const prices = db
    .from('rental_prices as rp')
    .whereRaw('rp.rental_id = any(?::uuid[])', any)
    .orderBy(['rp.rental_id', 'rp.effective_on', 'rp.id']);
  const charges = db
    .from('rental_charges as rc')
    .leftJoin('tax_rates as x', { 'x.tenant_id': 'rc.tenant_id', 'x.id': 'rc.tax_rate_id' })
    .whereRaw('rc.rental_id = any(?::uuid[])', any)
    .orderBy(['rc.rental_id', 'rc.id']);
  return [
    selectRows(rentals, rentalColumns),
    selectRows(prices, priceColumns),
    selectRows(charges, chargeColumns),
  ] as const;
}

/** In the order of the ids of the rentals. */
export function toRentalsToBill(
  rentals: readonly RowOf<typeof rentalColumns>[],
  prices: readonly RowOf<typeof priceColumns>[],
  charges: readonly Charge[],
): RentalToBill[] {
  const pricesOf = groupBy(prices, ({ rental_id }) => rental_id);
  const chargesOf = groupBy(charges, ({ rental_id }) => rental_id);
  return rentals.map((rental) => ({
    ...rental,
    tax_rate: taxRateOf(rental),
    prices: pricesOf.get(rental.id) ?? [{ effective_on: rental.starts_on, price_cents: rental.price_cents }],
    charges: (chargesOf.get(rental.id) ?? []).map((charge) => ({ ...charge, tax_rate: taxRateOf(charge) })),
  }));
}

function taxRateOf({
  tax_rate_id,
  rate_ppm,
  is_inclusive,
}: Pick<Charge, 'tax_rate_id' | 'rate_ppm' | 'is_inclusive'>): TaxRate | null {
  if (tax_rate_id === null) return null;
  return { id: tax_rate_id, rate_ppm: rate_ppm!, is_inclusive: is_inclusive! };
}

/** Three statements for any number of rentals. */
export async function readBilledRentals(db: TenantDb, ids: readonly string[]): Promise<RentalToBill[]> {
  const [rentals, prices, charges] = billedRentalReads(db, ids);
  return toRentalsToBill(await rentals, await prices, await charges);
}

/** Locks the rentals until the commit, after their units and accounts, in the order of their ids. */
export async function lockBilledRentals(db: TenantDb, ids: readonly string[]): Promise<RentalToBill[]> {
  const [rentals, prices, charges] = billedRentalReads(db, ids, { isLocked: true });
  return toRentalsToBill(await rentals, await prices, await charges);
}

export function planOptions(
  settings: BillingSettings,
  { currency, unit_code }: Pick<RentalToBill, 'currency' | 'unit_code'>,
  through: string,
): PlanOptions {
  return { settings, through, step: amountStep(currency), unit_code };
}
