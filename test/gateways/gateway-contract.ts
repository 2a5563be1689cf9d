import { expect } from 'chai';
import {
  BadSignature,
  GatewayRefused,
  GatewayUnknown,
  type ChargeState,
  type HostedPage,
  type PaymentGateway,
} from '../../src/domain/gateway/gateway.ts';
import { newKey } from '../support/gateway.ts';

type CardName = 'succeeds' | 'declined' | 'insufficient_funds' | 'stolen_card' | 'expired_card';

/** A gateway, and what its service and the people at its pages do. */
export interface GatewayHarness {
  gateway: PaymentGateway;
  /** Test numbers of the service. */
  cards: Record<CardName | 'authentication_required', string>;
  bankAccounts: Record<'succeeds' | 'fails', string>;
  /** A person enters a number on a page, and confirms if their bank asks. */
  completePage(page: HostedPage, number: string): Promise<unknown>;
  /** The next call has its effect, or not, and the caller sees an error of the server or a lost connection. */
  failNext(call: 'create' | 'confirm' | 'refund', fault: 'error' | 'cut'): Promise<void>;
  /** Makes the time pass in which a debit is processing. */
  settle(): Promise<void>;
  /** The number of charges that the service has. */
  countCharges(): Promise<number>;
  /** An event as the service sends it. */
  event: { body: Buffer; id: string; subjectId: string };
  /** The headers of a body that is signed at a time, with the current secret or the one that it replaces. */
  signed(body: Buffer, at: Date, secret?: 'current' | 'former' | 'unknown'): Record<string, string>;
  close(): Promise<void>;
}

const NO_ACCOUNT = { code: 'no_account', retry: 'never', text: 'The bank account could not be found.' };

const MINUTE = 60_000;
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

/** What every adapter does. `open` starts a service of its own. */
export function describeGateway(name: string, open: () => Promise<GatewayHarness>): void {
  describe(`The gateway ${name}`, () => {
    let harness: GatewayHarness;
    let gateway: PaymentGateway;
    let customerId: string;

    before(async () => {
      harness = await open();
      gateway = harness.gateway;
      ({ customerId } = await gateway.createCustomer(newCustomer()));
    });
    after(() => harness.close());

    const setupPage = () => gateway.openSetupPage(newSetupPage(customerId));
    const addMethod = async (number: string) => {
      const page = await setupPage();
      await harness.completePage(page, number);
      return (await gateway.readSession(page.sessionId)).methodId!;
    };
    const createCharge = async (methodId: string, amount = 100_00n) =>
      (await gateway.createCharge(newCharge(customerId, methodId, amount))).chargeId;
    const charge = async (number: string) => {
      const methodId = await addMethod(number);
      const chargeId = await createCharge(methodId);
      return {
        methodId,
        chargeId,
        state: await gateway.confirmCharge({ chargeId, methodId, key: newKey() }),
      };
    };

    it('reads the name of its account', async () => {
      expect((await gateway.readAccount()).name).not.to.equal('');
    });

    describe('customers', () => {
      it('are created once for each key', async () => {
        const customer = newCustomer();
        const first = await gateway.createCustomer(customer);
        expect(await gateway.createCustomer(customer)).to.eql(first);
        expect(await gateway.createCustomer(newCustomer())).not.to.eql(first);
        expect(await refusalOf(gateway.createCustomer({ ...customer, name: 'Another' }))).to.be.instanceOf(
          GatewayRefused,
        );
      });
    });

    describe('setup pages', () => {
      it('are open until a person completes them, and then have a method', async () => {
        const page = await setupPage();
        expect(page.url).to.match(/^https?:/);
        const left = page.expiresAt.getTime() - Date.now();
        expect(left).to.be.within(25 * MINUTE, 24 * 60 * MINUTE);
        expect(await gateway.readSession(page.sessionId)).to.eql({ state: 'open' });
        await harness.completePage(page, harness.cards.succeeds);
        const { state, methodId } = await gateway.readSession(page.sessionId);
        expect(state).to.equal('complete');
        expect(await gateway.readMethod(methodId!)).to.deep.include({
          type: 'card',
          last4: harness.cards.succeeds.slice(-4),
          exp_month: 12,
          exp_year: 2045,
          state: 'active',
        });
      });

      it('add bank accounts', async () => {
        const method = await gateway.readMethod(await addMethod(harness.bankAccounts.succeeds));
        expect(method).to.include({ type: 'us_bank_account', exp_month: null });
        expect(method.bank_name).to.be.a('string');
        expect(method.last4).to.equal(harness.bankAccounts.succeeds.slice(-4));
      });

      it('are opened once for each key', async () => {
        const page = newSetupPage(customerId);
        const first = await gateway.openSetupPage(page);
        expect(await gateway.openSetupPage(page)).to.eql(first);
        expect(
          await refusalOf(gateway.openSetupPage({ ...page, cancelUrl: page.returnUrl })),
        ).to.be.instanceOf(GatewayRefused);
      });

      it('cannot be completed after they are closed', async () => {
        const page = await setupPage();
        expect(await gateway.closeSession(page.sessionId)).to.equal('closed');
        expect(await gateway.closeSession(page.sessionId)).to.equal('closed');
        expect(await gateway.readSession(page.sessionId)).to.eql({ state: 'expired' });
        await harness.completePage(page, harness.cards.succeeds).catch(() => undefined);
        expect(await gateway.readSession(page.sessionId)).to.eql({ state: 'expired' });
      });

      it('cannot be closed after they are completed', async () => {
        const page = await setupPage();
        await harness.completePage(page, harness.cards.succeeds);
        expect(await gateway.closeSession(page.sessionId)).to.equal('already_complete');
        expect((await gateway.readSession(page.sessionId)).state).to.equal('complete');
      });
    });

    describe('payment pages', () => {
      it('have a charge that has succeeded when a person completes them', async () => {
        const page = await gateway.openPaymentPage(newPaymentPage(customerId));
        expect(await gateway.readSession(page.sessionId)).to.eql({ state: 'open' });
        await harness.completePage(page, harness.cards.succeeds);
        const { state, chargeId } = await gateway.readSession(page.sessionId);
        expect(state).to.equal('complete');
        expect(await gateway.readCharge(chargeId!)).to.include({ status: 'succeeded', received: 75_00n });
      });

      it('charge a card whose bank asks the customer to confirm', async () => {
        const page = await gateway.openPaymentPage(newPaymentPage(customerId));
        await harness.completePage(page, harness.cards.authentication_required);
        const { chargeId } = await gateway.readSession(page.sessionId);
        expect((await gateway.readCharge(chargeId!)).status).to.equal('succeeded');
      });

      it('keep the method for later charges when they save it', async () => {
        const page = await gateway.openPaymentPage(newPaymentPage(customerId, { savesMethod: true }));
        await harness.completePage(page, harness.cards.succeeds);
        const { methodId } = await gateway.readSession(page.sessionId);
        expect((await gateway.readMethod(methodId!)).state).to.equal('active');
        const chargeId = await createCharge(methodId!);
        const { status } = await gateway.confirmCharge({ chargeId, methodId: methodId!, key: newKey() });
        expect(status).to.equal('succeeded');
      });

      it('are opened once for each key', async () => {
        const page = newPaymentPage(customerId);
        const first = await gateway.openPaymentPage(page);
        expect(await gateway.openPaymentPage(page)).to.eql(first);
        expect(await refusalOf(gateway.openPaymentPage({ ...page, amount: 76_00n }))).to.be.instanceOf(
          GatewayRefused,
        );
      });
    });

    describe('charges', () => {
      it('move no money when they are created', async () => {
        const chargeId = await createCharge(await addMethod(harness.cards.succeeds));
        expect(await gateway.readCharge(chargeId)).to.include({
          chargeId,
          status: 'ready',
          received: 0n,
          chargedBack: 0n,
        });
      });

      it('succeed when they are confirmed', async () => {
        const { methodId, chargeId, state } = await charge(harness.cards.succeeds);
        const expected = { chargeId, status: 'succeeded', received: 100_00n, chargedBack: 0n, methodId };
        expect(state).to.include(expected);
        expect(withoutRequest(await gateway.readCharge(chargeId))).to.eql(withoutRequest(state));
      });

      for (const [card, code, retry] of [
        ['declined', 'card_declined', 'later'],
        ['insufficient_funds', 'insufficient_funds', 'later'],
        ['stolen_card', 'stolen_card', 'never'],
        ['expired_card', 'expired_card', 'never'],
      ] as const) {
        it(`fail with ${code} for a card that is ${card}`, async () => {
          const { chargeId, state } = await charge(harness.cards[card]);
          expect(state).to.include({ status: 'failed', received: 0n });
          expect(state.failure).to.include({ code, retry });
          expect(state.failure!.text).to.match(/^[A-Z].*\.$/);
          expect(state.failure!.text).not.to.match(/stolen/i);
          expect((await gateway.readCharge(chargeId)).status).to.equal('failed');
        });
      }

      it('require an action when the bank asks the customer to confirm', async () => {
        const { chargeId, state } = await charge(harness.cards.authentication_required);
        expect(state).to.include({ status: 'requires_action', received: 0n });
        expect((await gateway.cancelCharge(chargeId)).status).to.equal('cancelled');
      });

      for (const [account, expected] of [
        ['succeeds', { status: 'succeeded', received: 100_00n }],
        ['fails', { status: 'failed', received: 0n, failure: NO_ACCOUNT }],
      ] as const) {
        it(`of a bank account are processing before the debit ${account}`, async () => {
          const { chargeId, state } = await charge(harness.bankAccounts[account]);
          expect(state).to.include({ status: 'processing', received: 0n });
          await harness.settle();
          expect(await gateway.readCharge(chargeId)).to.deep.include(expected);
        });
      }

      it('are cancelled before they are confirmed, and not after they have succeeded', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const chargeId = await createCharge(methodId);
        expect((await gateway.cancelCharge(chargeId)).status).to.equal('cancelled');
        expect((await gateway.cancelCharge(chargeId)).status).to.equal('cancelled');
        expect(
          await refusalOf(gateway.confirmCharge({ chargeId, methodId, key: newKey() })),
        ).to.be.instanceOf(GatewayRefused);
        const paid = await charge(harness.cards.succeeds);
        expect(withoutRequest(await gateway.cancelCharge(paid.chargeId))).to.eql(withoutRequest(paid.state));
      });

      it('below the minimum of the currency are refused', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const amount = gateway.abilities.minimum('USD') - 1n;
        expect(
          await refusalOf(gateway.createCharge(newCharge(customerId, methodId, amount))),
        ).to.be.instanceOf(GatewayRefused);
      });

      it('that do not exist are refused', async () => {
        expect(await refusalOf(gateway.readCharge(UNKNOWN_ID))).to.be.instanceOf(GatewayRefused);
        expect(await refusalOf(gateway.readCharge('unknown'))).to.be.instanceOf(GatewayRefused);
      });
    });

    it('names the requests that create, confirm and refund charges', async () => {
      const methodId = await addMethod(harness.cards.succeeds);
      const created = await gateway.createCharge(newCharge(customerId, methodId, 100_00n));
      const { chargeId } = created;
      const confirmed = await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
      const values = { chargeId, amount: 1_00n, currency: 'USD', reference: newKey() };
      const refunded = await gateway.refund({ ...values, key: newKey() });
      await harness.failNext('refund', 'error');
      const unknown = await refusalOf(gateway.refund({ ...values, key: newKey() }));
      expect(unknown).to.be.instanceOf(GatewayUnknown);
      for (const { requestId } of [created, confirmed, refunded, unknown as GatewayUnknown])
        expect(requestId).to.be.a('string').with.length.above(3);
    });

    describe('keys', () => {
      it('create one charge, and are refused with other parameters', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const values = newCharge(customerId, methodId, 100_00n);
        const before = await harness.countCharges();
        const first = await gateway.createCharge(values);
        expect(await Promise.all([1, 2, 3].map(() => gateway.createCharge(values)))).to.eql([
          first,
          first,
          first,
        ]);
        expect(await harness.countCharges()).to.equal(before + 1);
        expect(await refusalOf(gateway.createCharge({ ...values, amount: 99_00n }))).to.be.instanceOf(
          GatewayRefused,
        );
      });

      it('confirm once and return the first result again', async () => {
        const methodId = await addMethod(harness.cards.declined);
        const chargeId = await createCharge(methodId);
        const key = newKey();
        const first = await gateway.confirmCharge({ chargeId, methodId, key });
        expect(first.status).to.equal('failed');
        await gateway.cancelCharge(chargeId);
        expect(await gateway.confirmCharge({ chargeId, methodId, key })).to.eql(first);
        expect((await gateway.readCharge(chargeId)).status).to.equal('cancelled');
      });

      it('refund once', async () => {
        const { chargeId } = await charge(harness.cards.succeeds);
        const refund = newRefund(chargeId, 60_00n);
        const first = await gateway.refund(refund);
        expect(await gateway.refund(refund)).to.eql(first);
        expect(await refusalOf(gateway.refund({ ...refund, amount: 50_00n }))).to.be.instanceOf(
          GatewayRefused,
        );
        expect((await gateway.refund(newRefund(chargeId, 40_00n))).status).to.equal('succeeded');
      });
    });

    describe('a call without a result', () => {
      it('has charged once after an error of the server, which the same key returns again', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const chargeId = await createCharge(methodId);
        const confirmation = { chargeId, methodId, key: newKey() };
        await harness.failNext('confirm', 'error');
        for (let n = 0; n < 2; n++)
          expect(await refusalOf(gateway.confirmCharge(confirmation))).to.be.instanceOf(GatewayUnknown);
        expect(await gateway.readCharge(chargeId)).to.include({ status: 'succeeded', received: 100_00n });
      });

      it('has charged nothing after a connection that was lost before, and can be repeated', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const chargeId = await createCharge(methodId);
        const confirmation = { chargeId, methodId, key: newKey() };
        await harness.failNext('confirm', 'cut');
        expect(await refusalOf(gateway.confirmCharge(confirmation))).to.be.instanceOf(GatewayUnknown);
        expect((await gateway.readCharge(chargeId)).status).to.equal('ready');
        expect((await gateway.confirmCharge(confirmation)).status).to.equal('succeeded');
      });

      it('has created one charge after an error of the server', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const before = await harness.countCharges();
        await harness.failNext('create', 'error');
        const values = newCharge(customerId, methodId, 100_00n);
        for (let n = 0; n < 2; n++)
          expect(await refusalOf(gateway.createCharge(values))).to.be.instanceOf(GatewayUnknown);
        expect(await harness.countCharges()).to.equal(before + 1);
      });

      it('has refunded once after an error of the server', async () => {
        const { chargeId } = await charge(harness.cards.succeeds);
        await harness.failNext('refund', 'error');
        const refund = newRefund(chargeId, 60_00n);
        for (let n = 0; n < 2; n++)
          expect(await refusalOf(gateway.refund(refund))).to.be.instanceOf(GatewayUnknown);
        expect(await refusalOf(gateway.refund(newRefund(chargeId, 60_00n)))).to.be.instanceOf(GatewayRefused);
      });
    });

    describe('refunds', () => {
      it('return a part, and not more than is left', async () => {
        const { chargeId } = await charge(harness.cards.succeeds);
        const part = await gateway.refund(newRefund(chargeId, 30_00n));
        expect(part.status).to.equal('succeeded');
        expect(await gateway.readRefund(part.refundId)).to.include({
          refundId: part.refundId,
          status: part.status,
        });
        expect(await refusalOf(gateway.refund(newRefund(chargeId, 70_01n)))).to.be.instanceOf(GatewayRefused);
        expect((await gateway.refund(newRefund(chargeId, 70_00n))).status).to.equal('succeeded');
        expect(await refusalOf(gateway.refund(newRefund(chargeId, 1_00n)))).to.be.instanceOf(GatewayRefused);
      });

      it('are found by their reference when the response was lost', async () => {
        const { chargeId } = await charge(harness.cards.succeeds);
        const refund = newRefund(chargeId, 30_00n);
        const { reference } = refund;
        expect(await gateway.findRefund({ chargeId, reference })).to.equal(undefined);
        await harness.failNext('refund', 'error');
        expect(await refusalOf(gateway.refund(refund))).to.be.instanceOf(GatewayUnknown);
        const found = await gateway.findRefund({ chargeId, reference });
        expect(found!.status).to.equal('succeeded');
        expect((await gateway.readRefund(found!.refundId)).status).to.equal('succeeded');
      });

      it('of a charge that has not succeeded are refused', async () => {
        const { chargeId } = await charge(harness.cards.declined);
        expect(await refusalOf(gateway.refund(newRefund(chargeId, 1_00n)))).to.be.instanceOf(GatewayRefused);
        expect(await refusalOf(gateway.readRefund(UNKNOWN_ID))).to.be.instanceOf(GatewayRefused);
      });
    });

    describe('methods', () => {
      it('are detached, also twice, and cannot be charged afterwards', async () => {
        const methodId = await addMethod(harness.cards.succeeds);
        const chargeId = await createCharge(methodId);
        await gateway.detachMethod(methodId);
        await gateway.detachMethod(methodId);
        expect((await gateway.readMethod(methodId)).state).to.equal('gone');
        expect(
          await refusalOf(gateway.confirmCharge({ chargeId, methodId, key: newKey() })),
        ).to.be.instanceOf(GatewayRefused);
      });
    });

    describe('events', () => {
      const now = new Date();
      const read = (headers: Record<string, string>, body = harness.event.body) =>
        gateway.readEvent(body, headers, now.getTime());
      const at = (minutes: number) => new Date(now.getTime() + minutes * MINUTE);

      it('are read when they are signed', () => {
        const { body, id, subjectId } = harness.event;
        const event = read(harness.signed(body, now));
        expect(event).to.deep.include({ id, mode: 'test' });
        expect(event.subject.id).to.equal(subjectId);
        expect(event.sentAt).to.be.instanceOf(Date);
      });

      it('are read with the secret that is being replaced', () => {
        const { body } = harness.event;
        expect(read(harness.signed(body, now, 'former')).id).to.equal(harness.event.id);
        const [current, former] = (['unknown', 'current'] as const).map((secret) =>
          harness.signed(body, now, secret),
        );
        const name = Object.keys(current!)[0]!;
        const both = `${current![name]},${former![name]!.split(',')[1]}`;
        expect(read({ [name]: both }).id).to.equal(harness.event.id);
      });

      it('are read 4 minutes before and after they are signed', () => {
        for (const minutes of [-4, 4])
          expect(read(harness.signed(harness.event.body, at(minutes))).id).to.equal(harness.event.id);
      });

      for (const [title, headers, body] of [
        ['have no signature', () => ({})],
        ['are signed with another secret', () => harness.signed(harness.event.body, now, 'unknown')],
        ['were signed 10 minutes ago', () => harness.signed(harness.event.body, at(-10))],
        ['are signed 10 minutes ahead', () => harness.signed(harness.event.body, at(10))],
        [
          'were changed',
          () => harness.signed(harness.event.body, now),
          () => Buffer.from(`${harness.event.body.toString()} `),
        ],
      ] as [string, () => Record<string, string>, (() => Buffer)?][]) {
        it(`are refused when they ${title}`, () => {
          expect(() => read(headers(), body?.())).to.throw(BadSignature);
        });
      }
    });
  });
}

function newCustomer() {
  return { name: 'Ada Lovelace', email: 'ada@example.com', reference: newKey(), key: newKey() };
}

function newSetupPage(customerId: string) {
  return { customerId, ...urls, methodTypes: ['card', 'us_bank_account'] as const, ...references() };
}

function newPaymentPage(customerId: string, values: { savesMethod?: boolean } = {}) {
  const money = { amount: 75_00n, currency: 'USD', description: 'Invoice 1' };
  return { customerId, ...urls, ...money, savesMethod: false, ...references(), ...values };
}

const urls = {
  returnUrl: 'https://portal.example/account/billing',
  cancelUrl: 'https://portal.example/account',
  locale: 'en',
};

function newCharge(customerId: string, methodId: string, amount: bigint) {
  return { customerId, methodId, amount, currency: 'USD', ...references() };
}

function newRefund(chargeId: string, amount: bigint) {
  return { chargeId, amount, currency: 'USD', ...references() };
}

function references() {
  return { reference: newKey(), key: newKey() };
}

function refusalOf(call: Promise<ChargeState | object>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function withoutRequest(state: ChargeState): unknown {
  return { ...state, requestId: null };
}
