import type { Billing } from '../../domain/billing/billing-settings.ts';
import { addDays } from '../../domain/billing/civil-date.ts';
import type { OwnPayment } from '../../domain/payment/own-payments.ts';
import type { OwnMethod } from '../../domain/payment-method/own-methods.ts';
import { isChargeable, lastDay, type MethodFace } from '../../domain/payment-method/payment-method.ts';
import type { Translate } from '../../locales/translate.ts';
import type { Badge } from '../badges.ts';

/** Of the expiry of a card. */
const WARNED_DAYS = 30;

/** Without the word for the expiry. */
export function methodLabel(t: Translate, { type, brand, last4, bank_name }: MethodFace): string {
  const given = type === 'card' ? brand : bank_name;
  const name = given ?? (type === 'card' ? t('Card') : t('Bank account'));
  return last4 === null ? name : t('{name} ending {digits}', { name, digits: last4 });
}

type Settings = Pick<Billing, 'today' | 'gateway_id'>;

export function methodView(t: Translate, method: OwnMethod, settings: Settings) {
  const { id, status, is_default, exp_month, exp_year } = method;
  return {
    id,
    label: methodLabel(t, method),
    status,
    is_default,
    may_be_default: !is_default && isChargeable(method, settings),
    expires: exp_month === null || exp_year === null ? null : expiry(exp_month, exp_year),
    badges: badgesOf(method, settings),
  };
}

function expiry(month: number, year: number): string {
  return `${String(month).padStart(2, '0')}/${String(year % 100).padStart(2, '0')}`;
}

function badgesOf(method: OwnMethod, { today, gateway_id }: Settings): Badge[] {
  if (method.gateway_id !== gateway_id && method.status !== 'removing')
    return [{ text: 'Not charged', tone: 'bad' }];
  const last = lastDay(method);
  const usual = method.status === 'active' || method.status === 'needs_attention';
  return [
    ...(method.status === 'needs_attention' ? [{ text: 'Needs attention', tone: 'bad' } as const] : []),
    ...(method.status === 'verifying' ? [{ text: 'Being verified', tone: 'info' } as const] : []),
    ...(method.status === 'removing' ? [{ text: 'Removing…', tone: 'info' } as const] : []),
    ...(usual && last !== null && last < today ? [{ text: 'Expired', tone: 'bad' } as const] : []),
    ...(usual && last !== null && last >= today && last <= addDays(today, WARNED_DAYS)
      ? [{ text: 'Expires soon', tone: 'warn' } as const]
      : []),
  ];
}

/** Of the same account, that can be the default after it. */
export function otherMethods(
  methods: readonly OwnMethod[],
  { id, billing_account_id }: OwnMethod,
  settings: Settings,
): OwnMethod[] {
  return methods.filter(
    (each) =>
      each.id !== id && each.billing_account_id === billing_account_id && isChargeable(each, settings),
  );
}

/** What was to be charged to the method. */
export function comingWith(coming: readonly OwnPayment[], { id }: OwnMethod, state: 'scheduled' | 'failed') {
  return coming
    .filter(({ status, payment_method_id }) => status === state && payment_method_id === id)
    .map(({ amount_cents, currency, scheduled_on, next_retry_on }) => ({
      amount_cents,
      currency,
      on: state === 'scheduled' ? scheduled_on : next_retry_on,
    }))
    .filter(({ on }) => on !== null);
}
