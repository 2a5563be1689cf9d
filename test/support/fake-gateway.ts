import { randomUUID } from 'node:crypto';
import {
  BadSignature,
  GatewayRefused,
  GatewayUnknown,
  type ChargeFailure,
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
  type SessionState,
} from '../../src/domain/gateway/gateway.ts';

export type FakeCall =
  | 'createCustomer'
  | 'openSetupPage'
  | 'openPaymentPage'
  | 'createCharge'
  | 'confirmCharge'
  | 'readCharge'
  | 'refund'
  | 'findRefund'
  | 'detachMethod';

/**
 * `error_after_effect`: the service has done it and responds with an error, also to later requests with the key.
 * `cut_before_effect`: the request does not arrive. `no_response`: it is done, but the response is lost.
 * `refused`: the keys are wrong.
 * `killed_before_effect` and `killed_after_effect`: the caller never goes on.
 */
export type Fault =
  | 'refused'
  | 'error_after_effect'
  | 'cut_before_effect'
  | 'no_response'
  | 'killed_before_effect'
  | 'killed_after_effect';

export type Behaviour =
  | 'succeeds'
  | 'insufficient_funds'
  | 'stolen_card'
  | 'needs_customer'
  | 'is_processing';

const failures: Record<'insufficient_funds' | 'stolen_card' | 'needs_customer', ChargeFailure> = {
  insufficient_funds: {
    code: 'insufficient_funds',
    retry: 'later',
    text: 'The card has insufficient funds.',
  },
  stolen_card: { code: 'stolen_card', retry: 'never', text: 'The card was declined.' },
  needs_customer: {
    code: 'authentication_required',
    retry: 'customer',
    text: 'Your bank wants a confirmation.',
  },
};

interface Charge extends NewCharge {
  state: ChargeState;
}

interface Session {
  page: NewPaymentPage | NewSetupPage;
  state: SessionState;
}

interface Refund {
  chargeId: string;
  amount: bigint;
  reference: string;
  state: RefundState;
}

/** A gateway in memory that honours idempotency keys and fails as it is told. */
export class FakeGateway implements PaymentGateway {
  readonly service = 'sandbox';
  readonly mode = 'test';
  readonly abilities = {
    methodTypes: ['card', 'us_bank_account'] as const,
    refunds: true,
    minimum: () => 50n,
    isChargeable: () => true,
  };

  pageMinutes = 30;
  readonly charges = new Map<string, Charge>();
  readonly sessions = new Map<string, Session>();
  readonly refunds = new Map<string, Refund>();
  readonly methods = new Map<string, { behaviour: Behaviour; facts: MethodFacts }>();
  readonly calls: FakeCall[] = [];
  readonly #results = new Map<string, { value: unknown } | { error: Error }>();
  readonly #faults: { call: FakeCall; fault: Fault }[] = [];

  /** The next call of this kind fails. */
  failNext(call: FakeCall, fault: Fault): void {
    this.#faults.push({ call, fault });
  }

  addMethod(behaviour: Behaviour = 'succeeds', facts: Partial<MethodFacts> = {}): string {
    const id = `pm_${randomUUID()}`;
    const card = { type: 'card', brand: 'Visa', last4: '4242', exp_month: 12, exp_year: 2031 } as const;
    this.methods.set(id, {
      behaviour,
      facts: { ...card, bank_name: null, fingerprint: null, state: 'active', ...facts },
    });
    return id;
  }

  /** Those that took money. */
  get paidCharges(): Charge[] {
    return [...this.charges.values()].filter(({ state }) => state.status === 'succeeded');
  }

  /** What was received, without refunds and what was charged back. */
  get balance(): bigint {
    const received = this.paidCharges.reduce(
      (sum, { state }) => sum + state.received - state.chargedBack,
      0n,
    );
    const refunded = [...this.refunds.values()]
      .filter(({ state }) => state.status === 'succeeded')
      .reduce((sum, { amount }) => sum + amount, 0n);
    return received - refunded;
  }

  readAccount = () => Promise.resolve({ name: 'Fake' });

  createCustomer = ({ key }: NewCustomer) =>
    this.#keyed('createCustomer', key, () => ({ customerId: `cus_${randomUUID()}` }));

  openSetupPage = (page: NewSetupPage) => this.#keyed('openSetupPage', page.key, () => this.#openPage(page));

  openPaymentPage = (page: NewPaymentPage) =>
    this.#keyed('openPaymentPage', page.key, () => this.#openPage(page));

  readSession = (id: string) => Promise.resolve({ ...this.sessions.get(id)!.state });

  closeSession = (id: string) => {
    const session = this.sessions.get(id)!;
    if (session.state.state === 'complete') return Promise.resolve('already_complete' as const);
    session.state = { state: 'expired' };
    return Promise.resolve('closed' as const);
  };

  createCharge = (charge: NewCharge) =>
    this.#keyed('createCharge', charge.key, () => {
      const chargeId = `ch_${randomUUID()}`;
      const requestId = `req ${charge.key}`;
      const state = { chargeId, status: 'ready', received: 0n, chargedBack: 0n } as const;
      this.charges.set(chargeId, { ...charge, state });
      return { chargeId, requestId };
    });

  confirmCharge = ({ chargeId, methodId, key }: { chargeId: string; methodId: string; key: string }) =>
    this.#keyed('confirmCharge', key, () => {
      const charge = this.charges.get(chargeId)!;
      if (charge.state.status !== 'ready') throw new GatewayRefused('unexpected_state');
      charge.state = { ...charge.state, methodId, ...this.#outcome(charge.amount, methodId) };
      return { ...charge.state, requestId: `req ${key}` };
    });

  readCharge = (id: string) => this.#call('readCharge', () => this.charges.get(id)!.state);

  cancelCharge = (id: string) => {
    const charge = this.charges.get(id)!;
    const isOver = charge.state.status === 'succeeded' || charge.state.status === 'processing';
    if (!isOver) charge.state = { ...charge.state, status: 'cancelled' };
    return Promise.resolve(charge.state);
  };

  readMethod = (id: string) => Promise.resolve(this.methods.get(id)!.facts);

  detachMethod = (id: string) =>
    this.#call('detachMethod', () => {
      const method = this.methods.get(id);
      if (method) method.facts = { ...method.facts, state: 'gone' };
    });

  refund = (refund: { chargeId: string; amount: bigint; currency: string; reference: string; key: string }) =>
    this.#keyed('refund', refund.key, () => {
      const { chargeId, amount } = refund;
      const refunded = [...this.refunds.values()]
        .filter((each) => each.chargeId === chargeId && each.state.status !== 'failed')
        .reduce((sum, each) => sum + each.amount, 0n);
      if (refunded + amount > this.charges.get(chargeId)!.state.received)
        throw new GatewayRefused('charge_already_refunded');
      const state: RefundState = { refundId: `re_${randomUUID()}`, status: 'succeeded' };
      this.refunds.set(state.refundId, { ...refund, state });
      return state;
    });

  findRefund = ({ chargeId, reference }: { chargeId: string; reference: string }) =>
    this.#call('findRefund', () => {
      const found = [...this.refunds.values()].find(
        (each) => each.chargeId === chargeId && each.reference === reference,
      );
      return found?.state;
    });

  readRefund = (id: string) => Promise.resolve(this.refunds.get(id)!.state);

  readEvent = (): GatewayEvent => {
    throw new BadSignature('The fake gateway sends no requests');
  };

  /** The customer pays on the page. Returns the charge. */
  payOnPage(sessionId: string, methodId = this.addMethod()): string {
    const session = this.sessions.get(sessionId)!;
    if (session.state.state !== 'open') throw new Error('The page is closed');
    const { amount, currency, reference, customerId } = session.page as NewPaymentPage;
    const chargeId = `ch_${randomUUID()}`;
    const charge = { customerId, methodId, amount, currency, reference, key: sessionId };
    const state = { chargeId, chargedBack: 0n, methodId, ...this.#outcome(amount, methodId) };
    this.charges.set(chargeId, { ...charge, state });
    session.state = { state: 'complete', methodId, chargeId };
    return chargeId;
  }

  /** The customer enters a card on the page. */
  addOnPage(sessionId: string, methodId = this.addMethod()): string {
    this.sessions.get(sessionId)!.state = { state: 'complete', methodId };
    return methodId;
  }

  settle(chargeId: string, changes: Partial<ChargeState>): void {
    const charge = this.charges.get(chargeId)!;
    charge.state = { ...charge.state, ...changes };
  }

  #openPage(page: NewPaymentPage | NewSetupPage): HostedPage {
    const sessionId = `cs_${randomUUID()}`;
    this.sessions.set(sessionId, { page, state: { state: 'open' } });
    const expiresAt = new Date(Date.now() + this.pageMinutes * 60_000);
    return { sessionId, url: `https://pay.example/${sessionId}`, expiresAt };
  }

  #outcome(
    amount: bigint,
    methodId: string,
  ): Pick<ChargeState, 'status' | 'received'> & Partial<ChargeState> {
    const { behaviour } = this.methods.get(methodId)!;
    if (behaviour === 'succeeds') return { status: 'succeeded', received: amount };
    if (behaviour === 'is_processing') return { status: 'processing', received: 0n };
    return { status: 'failed', received: 0n, failure: failures[behaviour] };
  }

  #keyed<Value>(call: FakeCall, key: string, effect: () => Value): Promise<Value> {
    return this.#call(call, (fault) => {
      const stored = this.#results.get(key);
      if (stored) {
        if ('error' in stored) throw stored.error;
        return stored.value as Value;
      }
      const value = effect();
      const error = new GatewayUnknown('The service has an internal error', { requestId: `req ${key}` });
      this.#results.set(key, fault === 'error_after_effect' ? { error } : { value });
      if (fault === 'error_after_effect') throw error;
      return value;
    });
  }

  async #call<Value>(call: FakeCall, work: (fault: Fault | undefined) => Value): Promise<Value> {
    this.calls.push(call);
    const planned = this.#faults.findIndex((each) => each.call === call);
    const fault = planned < 0 ? undefined : this.#faults.splice(planned, 1)[0]!.fault;
    await Promise.resolve();
    if (fault === 'refused') throw new GatewayRefused('refused');
    if (fault === 'cut_before_effect') throw new GatewayUnknown('The connection was cut');
    if (fault === 'killed_before_effect') return new Promise(() => undefined);
    const value = work(fault);
    if (fault === 'error_after_effect') throw new GatewayUnknown('The service has an internal error');
    if (fault === 'no_response') throw new GatewayUnknown('There was no response in time');
    if (fault === 'killed_after_effect') return new Promise(() => undefined);
    return value;
  }
}
