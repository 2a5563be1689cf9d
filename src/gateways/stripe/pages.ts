import type Stripe from 'stripe';
import {
  GatewayUnknown,
  type HostedPage,
  type NewPaymentPage,
  type NewSetupPage,
  type SessionState,
} from '../../domain/gateway/gateway.ts';
import { toStripe } from './amounts.ts';
import { idOf } from './charges.ts';
import { callStripe, READ } from './stripe-client.ts';

type SessionParams = Stripe.Checkout.SessionCreateParams;
/** The languages of Stripe's page. Others are shown in that of the browser. */
const LOCALES = new Set(
  'bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW'.split(
    ' ',
  ),
);

export function openSetupPage(client: Stripe, page: NewSetupPage): Promise<HostedPage> {
  return createSession(client, page.key, {
    ...common(page),
    mode: 'setup',
    allowed_payment_method_types: page.methodTypes.filter((type) => type !== 'other'),
    setup_intent_data: metadataOf(page),
  });
}

export function openPaymentPage(client: Stripe, page: NewPaymentPage): Promise<HostedPage> {
  return createSession(client, page.key, paymentParams(page));
}

function paymentParams(page: NewPaymentPage): SessionParams {
  const { amount, currency, description, savesMethod } = page;
  const price = {
    currency: currency.toLowerCase(),
    unit_amount: toStripe(amount, currency),
    product_data: { name: description },
  };
  return {
    ...common(page),
    mode: 'payment',
    allowed_payment_method_types: [...METHOD_TYPES],
    line_items: [{ quantity: 1, price_data: price }],
    payment_intent_data: {
      ...metadataOf(page),
      ...(savesMethod && { setup_future_usage: 'off_session' as const }),
    },
  };
}

/** Stripe shows those that the account has activated and that the currency has. */
export const METHOD_TYPES = ['card', 'us_bank_account', 'sepa_debit'] as const;

/** Without `expires_at`: a repeated call with the same idempotency key must not differ. Stripe's pages expire after 24 hours. */
function common(page: NewSetupPage | NewPaymentPage) {
  const locale = LOCALES.has(page.locale) ? page.locale : 'auto';
  return {
    customer: page.customerId,
    success_url: page.returnUrl,
    cancel_url: page.cancelUrl,
    client_reference_id: page.reference,
    locale: locale as NonNullable<SessionParams['locale']>,
    ...metadataOf(page),
  };
}

function metadataOf({ reference }: { reference: string }) {
  return { metadata: { reference } };
}

async function createSession(client: Stripe, key: string, params: SessionParams): Promise<HostedPage> {
  const session = await callStripe(() =>
    client.checkout.sessions.create(params, { idempotencyKey: key, maxNetworkRetries: 1 }),
  );
  const { id, url, expires_at, lastResponse } = session;
  if (url === null) throw new GatewayUnknown('Stripe has opened a page without an address');
  const expiresAt = new Date(expires_at * 1000);
  return { sessionId: id, url, expiresAt, requestId: lastResponse.requestId };
}

/** @throws {GatewayUnknown} for a status that this version does not know */
export async function readSession(client: Stripe, id: string): Promise<SessionState> {
  const session = await client.checkout.sessions.retrieve(
    id,
    { expand: ['setup_intent', 'payment_intent'] },
    READ,
  );
  const { status } = session;
  if (status === 'open') return { state: 'open' };
  if (status === 'expired') return { state: 'expired' };
  if (status !== 'complete') throw new GatewayUnknown(`Stripe has a page with the status ${status}`);
  const setup = expanded(session.setup_intent);
  const intent = expanded(session.payment_intent);
  // Without future use, the method cannot be charged again.
  const methodId = idOf(setup?.payment_method ?? (intent?.setup_future_usage ? intent.payment_method : null));
  return {
    state: 'complete',
    ...(methodId !== undefined && { methodId }),
    ...(intent && { chargeId: intent.id }),
  };
}

function expanded<Resource>(reference: string | Resource | null): Resource | undefined {
  return typeof reference === 'string' || reference === null ? undefined : reference;
}
