import {
  statusFilters,
  type customerInvoiceList,
  type ListedInvoice,
} from '../../domain/invoice/invoice-list.ts';
import { openCents } from '../../domain/invoice/invoice.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { customerColumn, type Column } from '../list-columns.ts';
import type { Option } from '../list-controls.ts';
import type { ListDisplay } from '../list-display.ts';
import { badgesOfInvoice } from '../money-badges.ts';
import { customerLink, yearOptions } from '../money-views.ts';

const number: Column<ListedInvoice> = {
  name: 'number',
  heading: 'Number',
  look: 'name short',
  cell: ({ id, label }) => ({ ...(label ? { value: label } : { label: 'Draft' }), href: `/invoices/${id}` }),
  csv: ({ heading }) => [{ heading, value: ({ label }) => label }],
};

const settlements = (
  [
    ['paid', 'Paid', 'paid_cents'],
    ['credited', 'Credited', 'credited_cents'],
    ['written_off', 'Written off', 'written_off_cents'],
  ] as const
).map(([name, heading, field]): Column<ListedInvoice> => ({
  name,
  heading,
  kind: 'money',
  is_extra: true,
  cell: (invoice) => ({ value: invoice[field], currency: invoice.currency }),
}));

const details: readonly Column<ListedInvoice>[] = [
  { name: 'status', heading: 'Status', cell: (invoice) => ({ badges: badgesOfInvoice(invoice) }) },
  { name: 'issued', heading: 'Issued', kind: 'date', cell: ({ issued_on }) => ({ value: issued_on }) },
  { name: 'due', heading: 'Due', kind: 'date', cell: ({ due_on }) => ({ value: due_on }) },
  {
    name: 'total',
    heading: 'Total',
    kind: 'money',
    cell: ({ kind, total_cents, currency }) => ({
      value: kind === 'credit_note' ? -total_cents : total_cents,
      currency,
    }),
    csv: (shown) => [{ heading: 'Currency', value: ({ currency }) => currency }, shown],
  },
  ...settlements,
  {
    name: 'open',
    heading: 'Open',
    kind: 'money',
    cell: (invoice) => {
      const open = openCents(invoice);
      return { value: open > 0n ? open : null, currency: invoice.currency };
    },
    csv: ({ heading }) => [
      { heading, value: (invoice) => ({ decimal: toDecimal(openCents(invoice), invoice.currency) }) },
    ],
  },
];

export const invoiceColumns: readonly Column<ListedInvoice>[] = [
  number,
  customerColumn(customerLink),
  ...details,
];

const customerInvoiceColumns = [number, ...details].filter((column) => !column.is_extra);

const statusLabels: Record<(typeof statusFilters)[number], string> = {
  draft: 'Draft',
  sent: 'Sent',
  pending: 'Pending',
  failed: 'Failed',
  overdue: 'Overdue',
  paid: 'Paid',
  deleted: 'Deleted',
};

export const statusControl = {
  kind: 'many',
  name: 'status',
  label: 'Status',
  options: statusFilters.map((value) => ({ value, label: statusLabels[value] })),
} as const;

export function yearChoices({ today }: { today: string }): Option[] {
  return yearOptions(today).map((year) => ({ value: year, label: year }));
}

/** The list on the page of one customer. */
export function customerInvoiceDisplay(
  path: string,
): ListDisplay<
  ListedInvoice,
  typeof customerInvoiceList.declaration.filters & {},
  'customer',
  { today: string }
> {
  return {
    title: 'Invoices',
    path,
    columns: customerInvoiceColumns,
    search: { placeholder: 'Number', maxlength: 60 },
    filters: [statusControl, { kind: 'one', name: 'year', label: 'Year', data: yearChoices }],
    noMatch: { heading: 'No invoices match' },
    firstUse: { heading: 'No invoices yet', icon: 'receipt' },
  };
}
