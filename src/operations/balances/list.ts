import { Router } from 'express';
import { creditList, type CreditBalance } from '../../domain/billing-account/billing-account-list.ts';
import { may } from '../../http/guards.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';
import { customerLink, invoicesPath } from '../money-views.ts';

export const balances = Router();

export const creditColumns: readonly Column<CreditBalance>[] = [
  {
    name: 'customer',
    heading: 'Customer',
    look: 'name',
    cell: (balance, { can }) => {
      const { name, permission } = customerLink(balance);
      return { value: name, href: can(permission) ? invoicesPath(balance) : null };
    },
  },
  {
    name: 'due',
    heading: 'Total due',
    kind: 'money',
    cell: ({ receivable_cents, currency }) => ({ value: receivable_cents, currency }),
    csv: (shown) => [{ heading: 'Currency', value: ({ currency }) => currency }, shown],
  },
  {
    name: 'credit',
    heading: 'Credit',
    kind: 'money',
    cell: ({ credit_cents, currency }) => ({ value: credit_cents, currency }),
  },
  {
    name: 'actions',
    heading: 'Actions',
    is_heading_hidden: true,
    look: 'end',
    permission: 'payments.refund',
    cell: (balance) => ({
      label: 'Refund',
      href: `/balances/${balance.id}/refunds/new`,
      is_button: true,
      about: customerLink(balance).name,
    }),
    csv: () => [],
  },
];

balances.get(
  '/',
  may('invoices.view'),
  listScreen({
    title: 'Unapplied credit',
    path: '/balances',
    list: creditList,
    file: 'balances',
    columns: creditColumns,
    breadcrumbs: [{ href: '/invoices', text: 'Invoices' }, { text: 'Unapplied credit' }],
    intro: () => [
      {
        text: 'What customers have paid or were credited and no invoice has used. Apply it on the page of an open invoice, or refund it.',
        is_lede: true,
      },
    ],
    count: { one: '{count} account', other: '{count} accounts' },
    more: '{count}+ accounts',
    noMatch: { heading: 'No accounts match' },
    firstUse: {
      heading: 'No unapplied credit',
      icon: 'check',
      text: 'What customers pay beyond their invoices, and what credit notes leave, is listed here.',
    },
  }),
);
