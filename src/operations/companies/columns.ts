import type { ListedCompany } from '../../domain/company/company-list.ts';
import { companyBadges } from '../badges.ts';
import { labelsColumn } from '../label-badges.ts';
import type { Column } from '../list-columns.ts';

export const companyColumns: readonly Column<ListedCompany>[] = [
  { name: 'code', heading: 'Code', look: 'nowrap', sort: 'code', cell: ({ code }) => ({ value: code }) },
  {
    name: 'name',
    heading: 'Name',
    look: 'name',
    sort: 'name',
    cell: ({ id, name }) => ({ value: name, href: `/customers/companies/${id}`, id: `c-${id}` }),
  },
  {
    name: 'customers',
    heading: 'Customers',
    kind: 'number',
    cell: ({ customers }) => ({ value: customers }),
  },
  { name: 'id', heading: 'Id', is_extra: true, cell: ({ id }) => ({ value: id }) },
  {
    name: 'parent',
    heading: 'Parent code',
    look: 'nowrap',
    is_extra: true,
    cell: ({ parent_code }) => ({ value: parent_code }),
  },
  { name: 'address', heading: 'Address', is_extra: true, cell: ({ address }) => ({ value: address }) },
  {
    name: 'billing_emails',
    heading: 'Billing emails',
    kind: 'names',
    most: 1,
    is_extra: true,
    cell: ({ billing_emails }) => ({ value: billing_emails }),
  },
  labelsColumn(),
  { name: 'status', heading: 'Status', cell: ({ status }) => ({ badges: [companyBadges[status]] }) },
  {
    name: 'created',
    heading: 'Created',
    kind: 'time',
    is_day: true,
    is_extra: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
  {
    name: 'open',
    heading: 'Open',
    is_heading_hidden: true,
    look: 'end',
    cell: ({ id }) => ({
      label: 'more details',
      href: `/customers/companies/${id}`,
      described_by: `c-${id}`,
    }),
    csv: () => [],
  },
];
