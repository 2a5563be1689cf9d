import type { InvoiceStatus } from '../domain/invoice/invoice.ts';
import type { RentalDetail } from '../domain/rental/rental-queries.ts';
import type { RequestStatus } from '../domain/request/request.ts';

export interface Badge {
  text: string;
  /** `plain` is the normal state: text without a colour. */
  tone: 'warn' | 'bad' | 'info' | 'plain';
}

const rentalBadges: Record<RentalDetail['status'], Badge> = {
  reserved: { text: 'Reserved', tone: 'info' },
  active: { text: 'Active', tone: 'plain' },
  ended: { text: 'Ended', tone: 'plain' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
};

export function rentalBadge({
  status,
  ends_on,
  locked_out_at,
}: Pick<RentalDetail, 'status' | 'ends_on' | 'locked_out_at'>): Badge {
  if (status !== 'active') return rentalBadges[status];
  if (locked_out_at !== null) return { text: 'Locked out', tone: 'bad' };
  return ends_on === null ? rentalBadges.active : { text: 'Notice given', tone: 'warn' };
}

export const requestBadges: Record<RequestStatus, Badge> = {
  requested: { text: 'Waiting for a decision', tone: 'info' },
  approved: { text: 'Approved', tone: 'plain' },
  declined: { text: 'Declined', tone: 'bad' },
  withdrawn: { text: 'Withdrawn', tone: 'plain' },
  completed: { text: 'Completed', tone: 'plain' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
};

const invoiceBadges: Record<Exclude<InvoiceStatus, 'draft'>, Badge> = {
  sent: { text: 'Sent', tone: 'plain' },
  pending: { text: 'Pending', tone: 'info' },
  failed: { text: 'Failed', tone: 'bad' },
  paid: { text: 'Paid', tone: 'plain' },
  deleted: { text: 'Deleted', tone: 'plain' },
};

/** A failed and overdue invoice has both badges. */
export function invoiceBadgesOf(invoice: {
  kind: 'invoice' | 'credit_note';
  status: InvoiceStatus;
  is_overdue: boolean;
  disputed_cents: bigint;
}): Badge[] {
  const { kind, status, is_overdue, disputed_cents } = invoice;
  if (kind === 'credit_note') return [{ text: 'Credit note', tone: 'plain' }];
  const isShown = status !== 'draft' && !(is_overdue && status === 'sent');
  return [
    ...(isShown ? [invoiceBadges[status]] : []),
    ...(is_overdue ? [{ text: 'Overdue', tone: 'bad' } as const] : []),
    ...(disputed_cents > 0n ? [{ text: 'Disputed', tone: 'warn' } as const] : []),
  ];
}
