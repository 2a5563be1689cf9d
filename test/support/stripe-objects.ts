import { randomBytes } from 'node:crypto';

type Params = Record<string, unknown>;

export interface FakeObject extends Params {
  id: string;
  object: string;
}

/** An answer of the API that is an error. */
export class FakeError extends Error {
  readonly status: number;
  readonly body: { error: Params };

  constructor(status: number, error: Params) {
    super(String(error['code'] ?? error['type']));
    this.status = status;
    this.body = { error };
  }
}

export const FAKE_CARDS = {
  succeeds: '4242424242424242',
  declined: '4000000000000002',
  insufficient_funds: '4000000000009995',
  stolen_card: '4000000000009979',
  expired_card: '4000000000000069',
  authentication_required: '4000002500003155',
};

export const FAKE_BANK_ACCOUNTS = {
  succeeds: '000123456789',
  fails: '000111111116',
  /** Has to be verified with two small credits. */
  unverified: '000000000009',
};

const DECLINES: Record<string, Params> = {
  [FAKE_CARDS.declined]: { code: 'card_declined', decline_code: 'generic_decline' },
  [FAKE_CARDS.insufficient_funds]: { code: 'card_declined', decline_code: 'insufficient_funds' },
  [FAKE_CARDS.stolen_card]: { code: 'card_declined', decline_code: 'stolen_card' },
  [FAKE_CARDS.expired_card]: { code: 'expired_card', decline_code: 'expired_card' },
  [FAKE_CARDS.authentication_required]: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
  },
};

const CANCELLABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
const SESSION_SECONDS = 86_400;

/** The objects of an account, and what changes them. Every change is reported as an event. */
export class StripeObjects {
  readonly objects = new Map<string, FakeObject>();
  readonly events: FakeObject[] = [];
  readonly #numbers = new Map<string, string>();

  list(object: string): FakeObject[] {
    return [...this.objects.values()].filter((each) => each.object === object);
  }

  get(object: string, id: string): FakeObject {
    const found = this.objects.get(id);
    if (found?.object === object) return found;
    throw invalid('resource_missing', `No such ${object}: '${id}'`, 404);
  }

  insert(object: string, prefix: string, values: Params): FakeObject {
    const id = `${prefix}_${randomBytes(12).toString('hex')}`;
    const row = { id, object, created: seconds(), livemode: false, ...values };
    this.objects.set(id, row);
    return row;
  }

  createSession(params: Params): FakeObject {
    this.get('customer', String(params['customer']));
    const { mode, customer, client_reference_id, metadata = {}, success_url, cancel_url } = params;
    const session = this.insert('checkout.session', 'cs_test', {
      mode,
      customer,
      client_reference_id,
      metadata,
      success_url,
      cancel_url,
      status: 'open',
      payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
      setup_intent: null,
      payment_intent: null,
      expires_at: seconds() + SESSION_SECONDS,
      params,
    });
    session['url'] = `https://checkout.stripe.example/c/pay/${session.id}`;
    return session;
  }

  expireSession(id: string): FakeObject {
    const session = this.get('checkout.session', id);
    if (session['status'] !== 'open')
      throw invalid('', 'Only Checkout Sessions with a status in ["open"] can be expired.');
    return this.change(session, { status: 'expired' }, 'checkout.session.expired');
  }

  /** A person enters a number on a hosted page. */
  complete(sessionId: string, number: string): void {
    const session = this.get('checkout.session', sessionId);
    if (session['status'] !== 'open') throw new Error('The page is not open');
    const params = session['params'] as Params;
    const method = this.#insertMethod(number);
    if (session['mode'] === 'setup') this.#completeSetup(session, method, params);
    else this.#completePayment(session, method, params);
  }

  /** A person enters the amounts of the two small credits. */
  verify(methodId: string): void {
    const method = this.get('payment_method', methodId);
    const setup = this.list('setup_intent').find((each) => each['payment_method'] === methodId)!;
    method['customer'] = setup['customer'];
    this.change(setup, { status: 'succeeded' }, 'setup_intent.succeeded');
  }

  createIntent(params: Params): FakeObject {
    const { currency, customer, metadata = {} } = params;
    const payment_method = params['payment_method'] as string | undefined;
    this.get('customer', String(customer));
    if (payment_method !== undefined) this.#checkMethod(payment_method, customer);
    const amount = Number(params['amount']);
    if (currency === 'usd' && amount < 50)
      throw invalid('amount_too_small', 'Amount must be at least $0.50 usd');
    const intent = this.insert('payment_intent', 'pi', {
      amount,
      currency,
      customer,
      metadata,
      amount_received: 0,
      payment_method: payment_method ?? null,
      status: payment_method === undefined ? 'requires_payment_method' : 'requires_confirmation',
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      setup_future_usage: null,
    });
    return this.change(intent, {}, 'payment_intent.created');
  }

  /** `off_session`: a bank that wants a confirmation declines. */
  confirmIntent(id: string, params: Params): FakeObject {
    const intent = this.get('payment_intent', id);
    const methodId = String(params['payment_method'] ?? intent['payment_method']);
    this.#checkMethod(methodId, intent['customer']);
    if (!['requires_confirmation', 'requires_payment_method'].includes(String(intent['status'])))
      throw unexpectedState(intent);
    return this.#charge(intent, this.get('payment_method', methodId), false);
  }

  cancelIntent(id: string): FakeObject {
    const intent = this.get('payment_intent', id);
    if (!CANCELLABLE.includes(String(intent['status']))) throw unexpectedState(intent);
    return this.change(intent, { status: 'canceled' }, 'payment_intent.canceled');
  }

  detach(id: string): FakeObject {
    const method = this.get('payment_method', id);
    if (method['customer'] === null) throw invalid('', 'The payment method is not attached to a customer.');
    return this.change(method, { customer: null }, 'payment_method.detached');
  }

  refund(params: Params): FakeObject {
    const intent = this.get('payment_intent', String(params['payment_intent']));
    if (intent['status'] !== 'succeeded')
      throw invalid('', 'This PaymentIntent does not have a successful charge to refund.');
    const amount = Number(params['amount']);
    const refunded = this.list('refund')
      .filter((each) => each['payment_intent'] === intent.id)
      .reduce((sum, each) => sum + Number(each['amount']), 0);
    const left = Number(intent['amount_received']) - refunded;
    if (left === 0) throw invalid('charge_already_refunded', 'Charge has already been refunded.');
    if (amount > left) throw invalid('', 'Refund amount is greater than unrefunded amount on charge');
    const { metadata = {} } = params;
    const { currency } = intent;
    const refund = this.insert('refund', 're', { amount, currency, metadata, payment_intent: intent.id });
    return this.change(refund, { status: 'succeeded', failure_reason: null }, 'refund.created');
  }

  /** The time passes in which debits are processing. */
  settle(): void {
    for (const intent of this.list('payment_intent').filter(({ status }) => status === 'processing')) {
      const method = this.get('payment_method', String(intent['payment_method']));
      if (this.#numbers.get(method.id) === FAKE_BANK_ACCOUNTS.fails)
        this.#fail(intent, method, { code: 'no_account' });
      else this.#succeed(intent);
    }
  }

  /** The holder of the card disputes the charge. */
  dispute(intentId: string, status: string): void {
    const intent = this.get('payment_intent', intentId);
    const { amount_received: amount, currency } = intent;
    this.get('charge', String(intent['latest_charge']))['disputed'] = true;
    const dispute = this.insert('dispute', 'dp', { amount, currency, payment_intent: intentId });
    this.change(dispute, { status }, 'charge.dispute.created');
  }

  change(object: FakeObject, values: Params, type: string): FakeObject {
    Object.assign(object, values);
    const event = this.insert('event', 'evt', { type, data: { object: structuredClone(object) } });
    this.events.push(event);
    return object;
  }

  #insertMethod(number: string): FakeObject {
    const last4 = number.slice(-4);
    const isCard = number.length === 16;
    const card = {
      brand: number.startsWith('5') ? 'mastercard' : 'visa',
      last4,
      exp_month: 12,
      exp_year: 2045,
    };
    const bank = { bank_name: 'STRIPE TEST BANK', last4, fingerprint: `fp_${number}` };
    const method = this.insert('payment_method', 'pm', {
      type: isCard ? 'card' : 'us_bank_account',
      customer: null,
      ...(isCard ? { card: { ...card, fingerprint: `fp_${number}` } } : { us_bank_account: bank }),
    });
    this.#numbers.set(method.id, number);
    return method;
  }

  #completeSetup(session: FakeObject, method: FakeObject, params: Params): void {
    const { customer } = session;
    const isVerified = this.#numbers.get(method.id) !== FAKE_BANK_ACCOUNTS.unverified;
    const { metadata = {} } = (params['setup_intent_data'] ?? {}) as Params;
    const setup = this.insert('setup_intent', 'seti', {
      customer,
      metadata,
      payment_method: method.id,
      usage: 'off_session',
    });
    if (isVerified) method['customer'] = customer;
    if (isVerified) this.change(setup, { status: 'succeeded' }, 'setup_intent.succeeded');
    else setup['status'] = 'requires_action';
    this.change(session, { status: 'complete', setup_intent: setup.id }, 'checkout.session.completed');
  }

  #completePayment(session: FakeObject, method: FakeObject, params: Params): void {
    const { metadata, setup_future_usage = null } = (params['payment_intent_data'] ?? {}) as Params;
    const [item] = params['line_items'] as { price_data: { currency: string; unit_amount: string } }[];
    const { currency, unit_amount: amount } = item!.price_data;
    const intent = this.createIntent({ amount, currency, customer: session['customer'], metadata });
    intent['setup_future_usage'] = setup_future_usage;
    if (setup_future_usage !== null) method['customer'] = session['customer'];
    this.#charge(intent, method, true);
    const payment_status = intent['status'] === 'succeeded' ? 'paid' : 'unpaid';
    this.change(
      session,
      { status: 'complete', payment_status, payment_intent: intent.id },
      'checkout.session.completed',
    );
  }

  /** With the customer present, their bank gets its confirmation. */
  #charge(intent: FakeObject, method: FakeObject, isPresent: boolean): FakeObject {
    const number = this.#numbers.get(method.id)!;
    intent['payment_method'] = method.id;
    if (method['type'] === 'us_bank_account')
      return this.change(intent, { status: 'processing' }, 'payment_intent.processing');
    const isConfirmed = isPresent && number === FAKE_CARDS.authentication_required;
    const decline = isConfirmed ? undefined : DECLINES[number];
    if (!decline) return this.#succeed(intent);
    this.#fail(intent, method, decline);
    throw new FakeError(402, { type: 'card_error', ...decline, payment_intent: structuredClone(intent) });
  }

  #succeed(intent: FakeObject): FakeObject {
    const { amount, currency } = intent;
    const charge = this.insert('charge', 'ch', {
      amount,
      currency,
      payment_intent: intent.id,
      disputed: false,
    });
    const values = {
      status: 'succeeded',
      amount_received: amount,
      latest_charge: charge.id,
      last_payment_error: null,
    };
    return this.change(intent, values, 'payment_intent.succeeded');
  }

  #fail(intent: FakeObject, method: FakeObject, error: Params): void {
    const last_payment_error = { type: 'card_error', ...error, payment_method: structuredClone(method) };
    const values = { status: 'requires_payment_method', payment_method: null, last_payment_error };
    this.change(intent, values, 'payment_intent.payment_failed');
  }

  #checkMethod(id: string, customer: unknown): void {
    const method = this.get('payment_method', id);
    if (method['customer'] !== customer)
      throw invalid('', 'The provided PaymentMethod cannot be used: it is not attached to the customer.');
  }
}

export function invalid(code: string, message: string, status = 400): FakeError {
  return new FakeError(status, { type: 'invalid_request_error', message, ...(code !== '' && { code }) });
}

function unexpectedState(intent: FakeObject): FakeError {
  return invalid(
    'payment_intent_unexpected_state',
    `The status of this PaymentIntent is ${String(intent['status'])}.`,
  );
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
