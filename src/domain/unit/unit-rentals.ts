import { column, nullable, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const MAX_RENTALS = 50;

const columns = (db: TenantDb) => ({
  ...pick('rentals as r', 'id', 'status', 'starts_on', 'ends_on', 'price_cents'),
  user_id: nullable(column('users as p', 'id')),
  company_id: nullable(column('companies as c', 'id')),
  /** The company or the person who owes. */
  customer: db.raw<string>("coalesce(c.name, nullif(p.name, ''), p.email)"),
  currency: column('billing_accounts as b', 'currency'),
});

export type UnitRental = RowOf<ReturnType<typeof columns>>;

/** Present and past rentals of a unit, latest first. */
export function listUnitRentals(db: TenantDb, unitId: string) {
  const rentals = db
    .visible('rentals as r')
    .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as p', { 'p.tenant_id': 'b.tenant_id', 'p.id': 'b.user_id' })
    .where('r.unit_id', unitId)
    .orderBy([
      { column: 'r.starts_on', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(MAX_RENTALS);
  return selectRows(rentals, columns(db));
}
