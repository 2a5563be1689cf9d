import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { type Owner } from '../billing-account/billing-account.ts';

/** Of a page of one customer. */
const MAX_RENTALS = 500;

export const rentalColumns = pick(
  'rentals as r',
  'id',
  'unit_id',
  'billing_account_id',
  'occupant_user_id',
  'status',
  'starts_on',
  'ends_on',
  'interval_unit',
  'interval_count',
  'anchor_on',
  'anchor_day',
  'next_period_on',
  'billed_until',
  'price_cents',
  'deposit_cents',
  'deposit_settled_on',
  'tax_rate_id',
  'reserved_until',
  'notice_given_on',
  'locked_out_at',
  'locked_out_reason',
  'transferred_from_id',
  'version',
  'created_at',
);

export type Rental = RowOf<typeof rentalColumns>;

/** The company or the person who owes. */
export const CUSTOMER_NAME = `coalesce(c.name, nullif(p.name, ''), p.email)`;

/** Joins the unit, its site and type, the account `b`, and its company `c` or person `p`. */
export function joinUnitAndCustomer(rentals: Knex.QueryBuilder): Knex.QueryBuilder {
  return rentals
    .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
    .join('sites as s', { 's.tenant_id': 'u.tenant_id', 's.id': 'u.site_id' })
    .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as p', { 'p.tenant_id': 'b.tenant_id', 'p.id': 'b.user_id' });
}

/** The price of today; a change that is not yet effective does not count. */
export function currentPrice(db: TenantDb) {
  return db.raw<bigint>(
    `coalesce((select rp.price_cents from rental_prices rp
       join tenants n on n.id = rp.tenant_id
       where rp.tenant_id = ? and rp.rental_id = r.id
         and rp.effective_on <= cast(${db.now} at time zone n.time_zone as date)
       order by rp.effective_on desc, rp.id desc limit 1), r.price_cents)`,
    [db.tenantId],
  );
}

export const detailColumns = (db: TenantDb) => ({
  ...rentalColumns,
  current_price_cents: currentPrice(db),
  unit_code: column('units as u', 'code'),
  site_id: column('units as u', 'site_id'),
  site_name: column('sites as s', 'name'),
  type_name: column('unit_types as t', 'name'),
  ...pick('unit_types as t', 'width_mm', 'depth_mm', 'height_mm'),
  ...pick('billing_accounts as b', 'user_id', 'company_id', 'currency', 'reference'),
  account_credit_cents: column('billing_accounts as b', 'credit_cents'),
  account_deposit_cents: column('billing_accounts as b', 'deposit_cents'),
  customer: db.raw<string>(CUSTOMER_NAME),
  company_status: nullable(column('companies as c', 'status')),
  occupant_name: nullable(column('users as o', 'name')),
  occupant_email: nullable(column('users as o', 'email')),
  tax_name: nullable(column('tax_rates as x', 'name')),
  signed_at: nullable(column('agreements as a', 'signed_at')),
  signed_name: nullable(column('agreements as a', 'signed_name')),
  has_agreement_text: db.raw<boolean>('exists (select from agreement_versions v where v.tenant_id = ?)', [
    db.tenantId,
  ]),
  transferred_to_id: nullable(column('rentals as f', 'id')),
});

export type RentalDetail = RowOf<ReturnType<typeof detailColumns>>;

/** With its unit, its customer and its agreement. */
export function findRental(db: TenantDb, id: string) {
  return selectRow(detailed(db.visible('rentals as r')).where('r.id', id), {
    ...detailColumns(db),
    custom: column('rentals as r', 'custom'),
  });
}

/** Of a person or a company, the latest first. */
export function listRentalsOfOwner(db: TenantDb, owner: Owner) {
  const [[name, id]] = Object.entries(owner) as [[string, string]];
  const rentals = detailed(db.visible('rentals as r'))
    .where(`b.${name}`, id)
    .orderBy([
      { column: 'r.starts_on', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(MAX_RENTALS);
  return selectRows(rentals, detailColumns(db));
}

export function detailed(rentals: Knex.QueryBuilder): Knex.QueryBuilder {
  return joinUnitAndCustomer(rentals)
    .join('unit_types as t', { 't.tenant_id': 'u.tenant_id', 't.id': 'u.unit_type_id' })
    .leftJoin('users as o', { 'o.tenant_id': 'r.tenant_id', 'o.id': 'r.occupant_user_id' })
    .leftJoin('tax_rates as x', { 'x.tenant_id': 'r.tenant_id', 'x.id': 'r.tax_rate_id' })
    .leftJoin('agreements as a', { 'a.tenant_id': 'r.tenant_id', 'a.rental_id': 'r.id' })
    .leftJoin('rentals as f', { 'f.tenant_id': 'r.tenant_id', 'f.transferred_from_id': 'r.id' });
}
