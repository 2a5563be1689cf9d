import type { Knex } from 'knex';
import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import { createdRange, daysBetween, ids, manyOf, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { labelFilter, labelsOf } from '../label/row-labels.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { currentPrice, CUSTOMER_NAME, joinUnitAndCustomer } from './rental-queries.ts';
import { rentalStatuses } from './rental.ts';

const columns = (db: TenantDb) => ({
  ...pick('rentals as r', 'id', 'status', 'starts_on', 'ends_on', 'locked_out_at'),
  current_price_cents: currentPrice(db),
  ...pick('rentals as r', 'interval_unit', 'interval_count'),
  ...pick('billing_accounts as b', 'user_id', 'company_id', 'currency'),
  unit_code: column('units as u', 'code'),
  site_name: column('sites as s', 'name'),
  customer: db.raw<string>(CUSTOMER_NAME),
  labels: labelsOf(db, 'rental', 'r.id'),
});

export type ListedRental = RowOf<ReturnType<typeof columns>>;

/** Prices need the permission `invoices.view`. */
export const rentalList = list({
  from: 'rentals as r',
  entity: 'rental',
  join: (rentals) => void joinUnitAndCustomer(rentals),
  columns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['r.id'], fields: ['id'] } },
  defaultSort: '-created',
  filters: {
    status: manyOf(rentalStatuses, 'r.status'),
    created: createdRange('r.id'),
    site: ids('u.site_id'),
    starts: daysBetween('r.starts_on'),
    ends: daysBetween('r.ends_on'),
    label: labelFilter('rental', 'r.id'),
    notice: oneOf(['given'], (rentals) => {
      void rentals.where('r.status', 'active').whereNotNull('r.ends_on');
    }),
    locked: oneOf(['out'], (rentals) => {
      void rentals.whereNotNull('r.locked_out_at');
    }),
  },
  search: whereUnitBegins,
});

function whereUnitBegins(rentals: Knex.QueryBuilder, q: string, db: TenantDb): void {
  const code = normaliseCode(cleanLine(q));
  const units = db
    .visible('units as f')
    .where('f.code_norm', '>=', code)
    .where('f.code_norm', '<', `${code}\u{10ffff}`);
  void rentals.whereIn('r.unit_id', selectRows(units, pick('units as f', 'id')));
}
