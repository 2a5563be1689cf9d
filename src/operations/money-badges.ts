import type { RunStatus } from '../domain/billing-run/billing-run.ts';
import type { InvoiceStatus } from '../domain/invoice/invoice.ts';
import type { PaymentChannel, PaymentStatus } from '../domain/payment/payment.ts';
import type { DisputeState } from '../domain/payment/short-payment-list.ts';
import type { Badge } from './badges.ts';

const invoiceBadges: Record<InvoiceStatus, Badge> = {
  draft: { text: 'Draft', tone: 'info' },
  sent: { text: 'Sent', tone: 'plain' },
  pending: { text: 'Pending', tone: 'info' },
  failed: { text: 'Failed', tone: 'bad' },
  paid: { text: 'Paid', tone: 'plain' },
  deleted: { text: 'Deleted', tone: 'plain' },
};

/** A failed and overdue invoice has both badges. */
export function badgesOfInvoice(invoice: {
  kind: 'invoice' | 'credit_note';
  status: InvoiceStatus;
  is_overdue: boolean;
  disputed_cents: bigint;
}): Badge[] {
  const isIssuedNote = invoice.kind === 'credit_note' && invoice.status !== 'draft';
  return [
    ...(invoice.kind === 'credit_note' ? [{ text: 'Credit note', tone: 'plain' } as const] : []),
    ...(isIssuedNote || (invoice.is_overdue && invoice.status === 'sent')
      ? []
      : [invoiceBadges[invoice.status]]),
    ...(invoice.is_overdue ? [{ text: 'Overdue', tone: 'bad' } as const] : []),
    ...(invoice.disputed_cents > 0n ? [{ text: 'Disputed', tone: 'warn' } as const] : []),
  ];
}

export const channelLabels: Record<PaymentChannel, string> = {
  bank_transfer: 'Bank transfer',
  cash: 'Cash',
  cheque: 'Cheque',
  other: 'Other',
  stripe: 'Stripe',
  sandbox: 'Sandbox',
};

export const runBadges: Record<RunStatus, Badge> = {
  running: { text: 'Running', tone: 'info' },
  finished: { text: 'Finished', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
};

export const disputeBadges: Record<DisputeState, Badge> = {
  open: { text: 'Open', tone: 'warn' },
  accepted: { text: 'Accepted', tone: 'plain' },
  rejected: { text: 'Rejected', tone: 'plain' },
  settled: { text: 'Settled', tone: 'plain' },
};

export const paymentBadges: Record<PaymentStatus, Badge> = {
  scheduled: { text: 'Scheduled', tone: 'info' },
  created: { text: 'Started', tone: 'info' },
  ready: { text: 'Started', tone: 'info' },
  submitting: { text: 'Checking', tone: 'info' },
  unknown: { text: 'Checking', tone: 'info' },
  requires_action: { text: 'Waiting for the customer', tone: 'warn' },
  processing: { text: 'Processing', tone: 'info' },
  succeeded: { text: 'Received', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
  charged_back: { text: 'Charged back', tone: 'bad' },
  undone: { text: 'Undone', tone: 'warn' },
};
