import type { RunStatus } from '../domain/billing-run/billing-run.ts';
import type { InvoiceStatus } from '../domain/invoice/invoice.ts';
import type { Attempt, PaymentChannel, PaymentStarter, PaymentStatus } from '../domain/payment/payment.ts';
import type { MethodStatus } from '../domain/payment-method/payment-method.ts';
import type { paymentFilters } from '../domain/payment/payment-list.ts';
import type { DisputeState } from '../domain/short-payment/short-payment-list.ts';
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

export const methodBadges: Record<MethodStatus | 'expired', Badge> = {
  adding: { text: 'Being added', tone: 'info' },
  verifying: { text: 'Being verified', tone: 'info' },
  active: { text: 'Active', tone: 'plain' },
  expired: { text: 'Expired', tone: 'warn' },
  needs_attention: { text: 'Needs attention', tone: 'bad' },
  failed: { text: 'Failed', tone: 'bad' },
  abandoned: { text: 'Not completed', tone: 'plain' },
  removing: { text: 'Being removed', tone: 'info' },
  removed: { text: 'Removed', tone: 'plain' },
};

const refundBadges: Partial<Record<PaymentStatus, Badge>> = {
  succeeded: { text: 'Refunded', tone: 'plain' },
  cancelled: { text: 'Not paid out', tone: 'plain' },
};

export function badgeOfPayment(payment: {
  direction: 'in' | 'out';
  status: PaymentStatus;
  channel: PaymentChannel;
}): Badge {
  const { direction, status, channel } = payment;
  if (direction === 'in') return paymentBadges[status];
  const isByHand = channel !== 'stripe' && channel !== 'sandbox';
  if (isByHand && status === 'created') return { text: 'To pay out', tone: 'warn' };
  return refundBadges[status] ?? paymentBadges[status];
}

export const attemptLabels: Record<Attempt['call'], string> = {
  create: 'Create the charge',
  confirm: 'Charge',
  read: 'Read the state',
  cancel: 'Cancel the charge',
  page: 'Open a payment page',
  refund: 'Refund',
};

export const outcomeLabels: Record<Attempt['outcome'], string> = {
  ready: 'Ready',
  processing: 'Processing',
  requires_action: 'The customer has to act',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
  unknown: 'Not known yet',
  refused: 'Refused',
};

export const starterLabels: Record<PaymentStarter, string> = {
  customer: 'The customer',
  staff: 'Staff',
  autopay: 'Autopay',
  schedule: 'Schedule',
};

export const paymentFilterLabels: Record<(typeof paymentFilters)[number], string> = {
  succeeded: 'Received',
  waiting: 'Waiting',
  scheduled: 'Scheduled',
  failed: 'Failed',
  failed_unpaid: 'Failed, unpaid',
  charged_back: 'Charged back',
  cancelled: 'Cancelled',
  undone: 'Undone',
  refunds: 'Refunds',
  to_pay_out: 'To pay out',
};

const paymentBadges: Record<PaymentStatus, Badge> = {
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
