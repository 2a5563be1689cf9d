import type { ListedRental } from '../../domain/rental/rental-list.ts';
import { intervalLabel } from '../../domain/rental/rental.ts';
import { badgesOfRental } from '../badges.ts';
import { labelsColumn } from '../label-badges.ts';
import { customerColumn, type Column } from '../list-columns.ts';
import { ownerLink } from '../owner-link.ts';

/** Pages of one customer show no labels. */
type RentalRow = Omit<ListedRental, 'labels'>;

const unit: Column<RentalRow> = {
  name: 'unit',
  heading: 'Unit',
  look: 'name short',
  cell: ({ id, unit_code, site_name }) => ({ value: unit_code, href: `/rentals/${id}`, sub: site_name }),
  csv: (shown) => [shown, { heading: 'Site', value: ({ site_name }) => site_name }],
};

const details: readonly Column<RentalRow>[] = [
  { name: 'status', heading: 'Status', cell: (rental) => ({ badges: badgesOfRental(rental) }) },
  { name: 'from', heading: 'From', kind: 'date', cell: ({ starts_on }) => ({ value: starts_on }) },
  { name: 'until', heading: 'Until', kind: 'date', cell: ({ ends_on }) => ({ value: ends_on }) },
  {
    name: 'locked',
    heading: 'Locked out',
    kind: 'time',
    is_day: true,
    is_extra: true,
    cell: ({ locked_out_at }) => ({ value: locked_out_at }),
  },
  {
    name: 'price',
    heading: 'Price',
    kind: 'money',
    permission: 'invoices.view',
    cell: (rental) => ({
      value: rental.current_price_cents,
      currency: rental.currency,
      sub_label: intervalLabel(rental),
    }),
    csv: (shown) => [
      { heading: 'Currency', value: ({ currency }) => currency },
      shown,
      { heading: 'Billed', value: intervalLabel },
    ],
  },
];

export const rentalColumns: readonly Column<ListedRental>[] = [
  unit,
  customerColumn(ownerLink),
  labelsColumn(),
  ...details,
];

/** Of one customer. */
export const customerRentalColumns: readonly Column<RentalRow>[] = [unit, ...details].filter(
  (column) => !column.is_extra,
);
