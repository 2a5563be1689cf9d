import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import { createdRange, daysBetween, ids, manyOf, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { MAX_PREFIX_RESULTS } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { labelFilter, labelsOf } from '../label/row-labels.ts';
import { prefixSearch } from '../search/find-ids.ts';
import { beginsWith } from '../search/matching-ids.ts';
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
    site: ids((rentals, sites, { db }) => {
      const units = db.visible('units as n').whereRaw('n.id = r.unit_id');
      void rentals.whereExists(units.whereIn('n.site_id', sites));
    }),
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
  searchIds: prefixSearch('r.id', (db, q) => {
    // A limit, so that the planner reads them for one unit after the other.
    const rentals = db.visible('rentals as l').whereRaw('l.unit_id = f.id').limit(MAX_PREFIX_RESULTS);
    return beginsWith(db.visible('units as f'), 'f.code_norm', normaliseCode(cleanLine(q)))
      .crossJoin(db.raw('lateral ? as r', [selectRows(rentals, pick('rentals as l', 'id'))]))
      .orderBy('f.code_norm');
  }),
});
