import type { Row } from '../database/tables.ts';
import type { Translate } from '../locales/translate.ts';

interface PaymentParts {
  channel: Row<'payments'>['channel'] | null;
  payment_reference: string | null;
}

/** How a payment was made, and its reference. */
export function paymentText(t: Translate, { channel, payment_reference }: PaymentParts): string {
  const text = channelText(t, channel);
  return payment_reference
    ? t('{channel}, {reference}', { channel: text, reference: payment_reference })
    : text;
}

function channelText(t: Translate, channel: PaymentParts['channel']): string {
  if (channel === 'bank_transfer') return t('Bank transfer');
  if (channel === 'cash') return t('Cash');
  if (channel === 'cheque') return t('Cheque');
  return channel === 'stripe' || channel === 'sandbox' ? t('Online payment') : t('Other');
}
