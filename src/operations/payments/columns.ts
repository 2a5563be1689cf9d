import type { ListedPayment } from '../../domain/payment/payment-list.ts';
import { customerColumn, type Column } from '../list-columns.ts';
import { badgeOfPayment, channelLabels } from '../money-badges.ts';
import { customerLink } from '../money-views.ts';

export const paymentColumns: readonly Column<ListedPayment>[] = [
  {
    name: 'date',
    heading: 'Date',
    kind: 'date',
    look: 'name short',
    cell: ({ id, received_on }) => ({ value: received_on, href: `/payments/${id}` }),
  },
  customerColumn(customerLink),
  {
    name: 'channel',
    heading: 'Channel',
    look: 'nowrap',
    cell: ({ channel }) => ({ label: channelLabels[channel] }),
  },
  {
    name: 'reference',
    heading: 'Reference or reason',
    look: 'clip',
    cell: ({ reference, status, failure_text, next_retry_on }) => {
      const isFailed = status === 'failed';
      return {
        ...(!reference && isFailed && failure_text ? { label: failure_text } : { value: reference || null }),
        ...(isFailed &&
          next_retry_on && { sub_label: 'Next try {date}', sub_params: { date: next_retry_on } }),
      };
    },
  },
  { name: 'status', heading: 'Status', cell: (payment) => ({ badges: [badgeOfPayment(payment)] }) },
  {
    name: 'amount',
    heading: 'Amount',
    kind: 'money',
    cell: ({ direction, amount_cents, currency }) => ({
      value: direction === 'out' ? -amount_cents : amount_cents,
      currency,
    }),
    csv: (shown) => [{ heading: 'Currency', value: ({ currency }) => currency }, shown],
  },
];
