import { selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import { lockUnits, type Unit } from '../unit/unit-queries.ts';
import { rentalColumns, type Rental } from './rental-queries.ts';

export interface LockedRental {
  rental: Rental;
  unit: Unit;
  account: BillingAccount;
  /** With the other units that were asked for. */
  units: Map<string, Unit>;
}

/**
 * Locks the unit, the account and the rental, in the order of the product.
 *
 * @throws {NotFound} if the viewer may not see the rental or its unit
 */
export async function lockRental(
  db: TenantDb,
  id: string,
  otherUnitIds: readonly string[] = [],
): Promise<LockedRental> {
  const seen = found(await selectRow(db.visible('rentals as r').where('r.id', id), rentalColumns));
  const units = await lockUnits(db, [seen.unit_id, ...otherUnitIds]);
  const account = await lockAccount(db, seen.billing_account_id);
  const [rental] = await lockRentalRows(db, [id]);
  return { rental: found(rental), unit: found(units.get(seen.unit_id)), account, units };
}

/** After their units and accounts, in the order of their ids. */
export function lockRentalRows(db: TenantDb, ids: readonly string[]) {
  const rentals = db
    .from('rentals as r')
    .whereRaw('r.id = any(?::uuid[])', [[...ids]])
    .orderBy('r.id')
    .forUpdate();
  return selectRows(rentals, rentalColumns);
}

/** Together with the version, which the forms of staff compare. */
export function updateRental(db: TenantDb, { id, version }: Rental, columns: Partial<Rental>): void {
  db.defer(
    db
      .from('rentals')
      .where({ id })
      .update({ ...columns, version: version + 1, updated_at: db.raw('now()') }),
  );
}
