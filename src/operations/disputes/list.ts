import { Router } from 'express';
import {
  disputeState,
  shortPaymentList,
  type ListedShortPayment,
} from '../../domain/short-payment/short-payment-list.ts';
import { may } from '../../http/guards.ts';
import { customerColumn, type Column } from '../list-columns.ts';
import type { Empty } from '../list-display.ts';
import { listScreen } from '../list-screen.ts';
import { disputeBadges } from '../money-badges.ts';
import { customerLink } from '../money-views.ts';

export const disputes = Router();

export const disputeColumns: readonly Column<ListedShortPayment>[] = [
  {
    name: 'invoice',
    heading: 'Invoice',
    look: 'name short',
    cell: ({ id, label }) => ({ value: label, href: `/disputes/${id}` }),
  },
  customerColumn(customerLink),
  { name: 'reason', heading: 'Reason', look: 'clip', cell: ({ reason }) => ({ value: reason }) },
  {
    name: 'opened',
    heading: 'Opened',
    kind: 'time',
    look: 'nowrap',
    is_day: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
  {
    name: 'status',
    heading: 'Status',
    cell: (dispute) => ({ badges: [disputeBadges[disputeState(dispute)]] }),
  },
  {
    name: 'amount',
    heading: 'Amount',
    kind: 'money',
    cell: ({ amount_cents, currency }) => ({ value: amount_cents, currency }),
  },
];

const tabs = [
  { text: 'Open', href: '/disputes' },
  { text: 'Closed', href: '/disputes/closed' },
];

const firstUse: Record<'open' | 'closed', Empty> = {
  open: {
    heading: 'No open disputes',
    icon: 'check',
    text: 'When a customer pays less than an invoice asks for and says why, you decide here.',
  },
  closed: {
    heading: 'No closed disputes',
    icon: 'check',
    text: 'Disputes that you accepted or rejected are kept here.',
  },
};

disputes.get('/', may('invoices.view'), disputeScreen('/disputes', 'open'));

disputes.get('/closed', may('invoices.view'), disputeScreen('/disputes/closed', 'closed'));

function disputeScreen(path: string, state: 'open' | 'closed') {
  return listScreen({
    title: 'Disputes',
    path,
    list: shortPaymentList,
    file: state === 'open' ? 'disputes' : 'closed-disputes',
    within: () => ({ state }),
    columns: disputeColumns,
    breadcrumbs: [{ href: '/invoices', text: 'Invoices' }, { text: 'Disputes' }],
    tabs: {
      label: 'Disputes by state',
      items: () => tabs.map((tab) => ({ ...tab, is_current: tab.href === path })),
    },
    count: { one: '{count} dispute', other: '{count} disputes' },
    more: '{count}+ disputes',
    noMatch: { heading: 'No disputes match' },
    firstUse: firstUse[state],
  });
}
