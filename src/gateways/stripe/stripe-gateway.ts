import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { minimumCharge } from '../../domain/gateway/chargeable-amounts.ts';
import {
  GatewayRefused,
  type ChargeState,
  type GatewayEvent,
  type HostedPage,
  type MethodFacts,
  type NewCharge,
  type NewCustomer,
  type NewPaymentPage,
  type NewSetupPage,
  type PaymentGateway,
  type RefundState,
  type Requested,
  type SessionState,
} from '../../domain/gateway/gateway.ts';
import { verifySignature } from '../signature.ts';
import { isChargeable, refundToStripe, toStripe } from './amounts.ts';
import { EXPANDED, readState, refundState, stateOfRefund } from './charges.ts';
import { parseEvent } from './events.ts';
import { readMethod } from './methods.ts';
import { METHOD_TYPES, openPaymentPage, openSetupPage, readSession } from './pages.ts';
import { callStripe, createClient, isCode, READ, type StripeOptions } from './stripe-client.ts';

/** The API keeps the result of a key, also an error of its own: a repeated call never reveals the state. */
export class StripeGateway implements PaymentGateway {
  readonly service = 'stripe';
  readonly mode: PaymentGateway['mode'];
  readonly abilities = {
    methodTypes: METHOD_TYPES,
    refunds: true,
    minimum: minimumCharge,
    isChargeable,
  };
  readonly #client: Stripe;
  readonly #webhookSecrets: readonly string[];

  constructor({
    mode,
    webhookSecrets,
    ...options
  }: StripeOptions & { mode: PaymentGateway['mode']; webhookSecrets: readonly string[] }) {
    this.mode = mode;
    this.#client = createClient(options);
    this.#webhookSecrets = webhookSecrets;
  }

  async readAccount(): Promise<{ name: string }> {
    const account = await this.#call((stripe) => stripe.accounts.retrieveCurrent());
    return { name: account.settings?.dashboard.display_name || account.business_profile?.name || account.id };
  }

  async createCustomer({ key, name, email, reference }: NewCustomer): Promise<{ customerId: string }> {
    const params = { name, ...(email !== null && { email }), metadata: { reference } };
    const { id } = await this.#call((stripe) => stripe.customers.create(params, keyed(key)));
    return { customerId: id };
  }

  openSetupPage(page: NewSetupPage): Promise<HostedPage> {
    return openSetupPage(this.#client, page);
  }

  async openPaymentPage(page: NewPaymentPage): Promise<HostedPage> {
    return openPaymentPage(this.#client, page);
  }

  readSession(sessionId: string): Promise<SessionState> {
    return this.#call((stripe) => readSession(stripe, sessionId));
  }

  async closeSession(sessionId: string): Promise<'closed' | 'already_complete'> {
    try {
      await this.#call((stripe) => stripe.checkout.sessions.expire(sessionId, {}, keyed(randomUUID())));
      return 'closed';
    } catch (error) {
      if (!(error instanceof GatewayRefused)) throw error;
      const { state } = await this.readSession(sessionId);
      if (state === 'open') throw error;
      return state === 'complete' ? 'already_complete' : 'closed';
    }
  }

  async createCharge(charge: NewCharge): Promise<Requested & { chargeId: string }> {
    const { customerId, methodId, amount, currency, reference, key } = charge;
    const params: Stripe.PaymentIntentCreateParams = {
      amount: toStripe(amount, currency),
      currency: currency.toLowerCase(),
      customer: customerId,
      payment_method: methodId,
      // A method that needs its own page cannot be confirmed without the customer.
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { reference },
    };
    const { id, lastResponse } = await this.#call((stripe) =>
      stripe.paymentIntents.create(params, keyed(key)),
    );
    return { chargeId: id, requestId: lastResponse.requestId };
  }

  async confirmCharge({
    chargeId,
    methodId,
    key,
  }: {
    chargeId: string;
    methodId: string;
    key: string;
  }): Promise<ChargeState> {
    const params = { payment_method: methodId, off_session: true, ...EXPANDED };
    return this.#call(async (stripe) => {
      try {
        const intent = await stripe.paymentIntents.confirm(chargeId, params, { idempotencyKey: key });
        return await readState(stripe, intent, intent.lastResponse.requestId);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeCardError)) throw error;
        // A decline comes with the charge that was declined.
        const intent =
          error.payment_intent ?? (await stripe.paymentIntents.retrieve(chargeId, EXPANDED, READ));
        return readState(stripe, intent, error.requestId);
      }
    });
  }

  readCharge(chargeId: string): Promise<ChargeState> {
    return this.#call(async (stripe) => {
      const intent = await stripe.paymentIntents.retrieve(chargeId, EXPANDED, READ);
      return readState(stripe, intent, intent.lastResponse.requestId);
    });
  }

  async cancelCharge(chargeId: string): Promise<ChargeState> {
    try {
      return await this.#call(async (stripe) => {
        const intent = await stripe.paymentIntents.cancel(chargeId, {}, keyed(randomUUID()));
        return readState(stripe, intent, intent.lastResponse.requestId);
      });
    } catch (error) {
      if (!isCode(error, 'payment_intent_unexpected_state')) throw error;
      return this.readCharge(chargeId);
    }
  }

  readMethod(methodId: string): Promise<MethodFacts> {
    return this.#call((stripe) => readMethod(stripe, methodId));
  }

  async detachMethod(methodId: string): Promise<void> {
    try {
      await this.#call((stripe) => stripe.paymentMethods.detach(methodId, {}, keyed(randomUUID())));
    } catch (error) {
      if (isCode(error, 'resource_missing')) return;
      if (!(error instanceof GatewayRefused)) throw error;
      const { state } = await this.readMethod(methodId);
      if (state !== 'gone') throw error;
    }
  }

  async refund(refund: Parameters<PaymentGateway['refund']>[0]): Promise<RefundState> {
    const { chargeId, amount, currency, reference, key } = refund;
    const units = refundToStripe(amount, currency);
    const params = { payment_intent: chargeId, amount: units, metadata: { reference } };
    return refundState(await this.#call((stripe) => stripe.refunds.create(params, { idempotencyKey: key })));
  }

  async readRefund(refundId: string): Promise<RefundState> {
    return refundState(await this.#call((stripe) => stripe.refunds.retrieve(refundId, {}, READ)));
  }

  async findRefund({ chargeId, reference }: Parameters<PaymentGateway['findRefund']>[0]) {
    const params = { payment_intent: chargeId, limit: 100 };
    const { data } = await this.#call((stripe) => stripe.refunds.list(params, READ));
    const found = data.find(({ metadata }) => metadata?.['reference'] === reference);
    return found && stateOfRefund(found);
  }

  readEvent(body: Buffer, headers: Readonly<Record<string, string | undefined>>, now: number): GatewayEvent {
    verifySignature(headers['stripe-signature'], body, this.#webhookSecrets, now);
    return parseEvent(body);
  }

  #call<Result>(call: (stripe: Stripe) => Promise<Result>): Promise<Result> {
    return callStripe(() => call(this.#client));
  }
}

/** Of a call that moves no money. The SDK would make a key of its own. */
function keyed(key: string) {
  return { idempotencyKey: key, maxNetworkRetries: 1 };
}
