import type { ListedUnit } from '../../domain/unit/unit-list.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { unitBadges } from '../badges.ts';
import type { Column } from '../list-columns.ts';

const code: Column<ListedUnit> = {
  name: 'code',
  heading: 'Code',
  look: 'name short',
  sort: 'code',
  cell: (unit) => ({ value: unit.code, href: `/units/${unit.id}` }),
};

const site: Column<ListedUnit> = {
  name: 'site',
  heading: 'Site',
  look: 'clip',
  cell: ({ site_name }) => ({ value: site_name }),
};

const details: readonly Column<ListedUnit>[] = [
  { name: 'type', heading: 'Unit type', look: 'clip', cell: ({ type_name }) => ({ value: type_name }) },
  { name: 'size', heading: 'Size', look: 'nowrap', cell: (unit) => ({ value: sizeText(unit) }) },
  {
    name: 'price',
    heading: 'Price',
    kind: 'money',
    cell: ({ price_cents }, { currency }) => ({ value: price_cents, currency }),
  },
  { name: 'status', heading: 'Status', cell: ({ status }) => ({ badges: [unitBadges[status]] }) },
];

/** For an export that is imported again. */
const id: Column<ListedUnit> = {
  name: 'id',
  heading: 'Id',
  is_extra: true,
  cell: (unit) => ({ value: unit.id }),
};

export const unitColumns: readonly Column<ListedUnit>[] = [code, site, ...details, id];

export const siteUnitColumns: readonly Column<ListedUnit>[] = [code, ...details];
