import type Stripe from 'stripe';
import type { MethodFacts } from '../../domain/gateway/gateway.ts';
import { READ } from './stripe-client.ts';

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'eftpos',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

export async function readMethod(client: Stripe, id: string): Promise<MethodFacts> {
  const method = await client.paymentMethods.retrieve(id, {}, READ);
  return { ...shownOf(method), state: await stateOf(client, method) };
}

/** A bank account belongs to the customer once it is verified; no other method is without a customer, unless it is gone. */
async function stateOf(
  client: Stripe,
  { id, type, customer }: Stripe.PaymentMethod,
): Promise<MethodFacts['state']> {
  if (customer !== null) return 'active';
  if (type !== 'us_bank_account') return 'gone';
  const { data } = await client.setupIntents.list({ payment_method: id, limit: 1 }, READ);
  return data[0]?.status === 'requires_action' ? 'verifying' : 'gone';
}

function shownOf(method: Stripe.PaymentMethod): Omit<MethodFacts, 'state'> {
  const { card, us_bank_account, sepa_debit } = method;
  const none = { brand: null, exp_month: null, exp_year: null, bank_name: null, fingerprint: null };
  if (card) {
    const { brand, last4, exp_month, exp_year, fingerprint } = card;
    return {
      ...none,
      type: 'card',
      brand: BRANDS[brand] ?? null,
      last4,
      exp_month,
      exp_year,
      fingerprint: fingerprint ?? null,
    };
  }
  if (us_bank_account) {
    const { bank_name, last4, fingerprint } = us_bank_account;
    return { ...none, type: 'us_bank_account', bank_name, last4, fingerprint };
  }
  if (sepa_debit) {
    const { last4, fingerprint } = sepa_debit;
    return { ...none, type: 'sepa_debit', last4, fingerprint };
  }
  return { ...none, type: 'other', last4: null };
}
