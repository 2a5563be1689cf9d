import { isManual, type PaymentStatus } from '../../domain/payment/payment.ts';
import type { Attempt, OwnPayment } from '../../domain/payment/own-payments.ts';
import type { Translate } from '../../locales/translate.ts';
import type { Badge } from '../badges.ts';
import { methodLabel } from './method-view.ts';

const paymentBadges: Record<PaymentStatus, Badge> = {
  scheduled: { text: 'Scheduled', tone: 'info' },
  created: { text: 'Processing', tone: 'info' },
  ready: { text: 'Processing', tone: 'info' },
  submitting: { text: 'Checking', tone: 'info' },
  unknown: { text: 'Checking', tone: 'info' },
  requires_action: { text: 'Waiting for you', tone: 'warn' },
  processing: { text: 'Processing', tone: 'info' },
  succeeded: { text: 'Paid', tone: 'plain' },
  failed: { text: 'Declined', tone: 'bad' },
  cancelled: { text: 'Cancelled', tone: 'plain' },
  charged_back: { text: 'Taken back', tone: 'bad' },
  undone: { text: 'Taken back', tone: 'plain' },
};

const refundBadges: Partial<Record<PaymentStatus, Badge>> = {
  succeeded: { text: 'Refunded', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
};

const channelTexts: Record<OwnPayment['channel'], string> = {
  bank_transfer: 'Bank transfer',
  cash: 'Cash',
  cheque: 'Cheque',
  other: 'Other',
  stripe: 'Payment page',
  sandbox: 'Payment page',
};

export function paymentBadge({ direction, status }: Pick<OwnPayment, 'direction' | 'status'>): Badge {
  return (direction === 'out' ? refundBadges[status] : undefined) ?? paymentBadges[status];
}

/** A row of a list, and the head of its page. */
export function paymentView(t: Translate, payment: OwnPayment) {
  const { id, direction, channel, status, amount_cents, currency, received_on, scheduled_on, labels } =
    payment;
  const { type, next_retry_on } = payment;
  return {
    id,
    is_refund: direction === 'out',
    is_manual: isManual(channel),
    status,
    amount_cents,
    currency,
    day: status === 'scheduled' ? scheduled_on! : received_on,
    scheduled_on,
    next_retry_on,
    labels,
    method: type === null ? t(channelTexts[channel]) : methodLabel(t, { ...payment, type }),
    badge: paymentBadge(payment),
  };
}

const attemptTexts: Record<Attempt['outcome'], string> = {
  ready: 'The payment page was opened',
  processing: 'The payment service is processing the payment',
  requires_action: 'Your bank wants a confirmation',
  succeeded: 'Paid',
  failed: 'Declined',
  cancelled: 'Cancelled',
  unknown: 'The payment service did not respond. Nothing is charged again before it does.',
  refused: 'The payment service did not accept the payment.',
};

/** Without the steps that no customer is interested in, and reads that show the same again. */
export function attemptViews(attempts: readonly Attempt[]) {
  const told = attempts.filter(({ call, outcome }) => outcome !== 'ready' || call === 'page');
  return told
    .filter((attempt, n) => {
      const earlier = told[n + 1];
      return !(earlier?.attempt === attempt.attempt && earlier.outcome === attempt.outcome);
    })
    .map(({ at, outcome, text }) => ({ at, text: attemptTexts[outcome], reason: text, outcome }));
}
