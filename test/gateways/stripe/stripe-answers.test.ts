import { expect } from 'chai';
import {
  GatewayRefused,
  GatewayUnknown,
  type ChargeState,
  type PaymentGateway,
} from '../../../src/domain/gateway/gateway.ts';
import { StripeGateway } from '../../../src/gateways/stripe/stripe-gateway.ts';
import { newKey } from '../../support/gateway.ts';
import { StripeFake, type FakeFault } from '../../support/stripe-fake.ts';
import { FAKE_BANK_ACCOUNTS, FAKE_CARDS } from '../../support/stripe-objects.ts';

const WEBHOOK_SECRETS = ['whsec_ThisIsTheSecretOfTheFake'];

describe('The stripe adapter, on a local fake of its API', () => {
  let fake: StripeFake;
  let gateway: PaymentGateway;
  let customerId: string;

  const open = (options: { secretKey?: string; timeoutMs?: number } = {}) =>
    new StripeGateway({
      mode: 'test',
      secretKey: fake.secretKey,
      webhookSecrets: WEBHOOK_SECRETS,
      apiUrl: fake.url,
      ...options,
    });

  before(async () => {
    fake = await StripeFake.start();
    gateway = open();
    const customer = { name: 'Ada', email: null, reference: newKey(), key: newKey() };
    ({ customerId } = await gateway.createCustomer(customer));
  });
  after(() => fake.close());

  const addMethod = async (number = FAKE_CARDS.succeeds) => {
    const urls = { returnUrl: 'https://portal.example/', cancelUrl: 'https://portal.example/' };
    const page = { customerId, ...urls, locale: 'ar', methodTypes: ['card'] as const };
    const { sessionId } = await gateway.openSetupPage({ ...page, reference: newKey(), key: newKey() });
    fake.account.complete(sessionId, number);
    return (await gateway.readSession(sessionId)).methodId!;
  };
  const newCharge = (methodId: string, amount = 100_00n, currency = 'USD') => ({
    customerId,
    methodId,
    amount,
    currency,
    reference: newKey(),
    key: newKey(),
  });
  const createCharge = async (methodId: string) => (await gateway.createCharge(newCharge(methodId))).chargeId;
  const pay = async () => {
    const methodId = await addMethod();
    const chargeId = await createCharge(methodId);
    await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
    return chargeId;
  };
  const stored = (chargeId: string) => fake.account.objects.get(chargeId)!;

  describe('after a fault', () => {
    for (const fault of ['error', 'cut-before', 'no-answer', 'unavailable'] as FakeFault[]) {
      it(`does not know the result of a confirmation (${fault})`, async () => {
        const methodId = await addMethod();
        const chargeId = await createCharge(methodId);
        fake.failNext('confirm', fault);
        const impatient = open({ timeoutMs: 200 });
        const result = impatient.confirmCharge({ chargeId, methodId, key: newKey() });
        expect(await errorOf(result)).to.be.instanceOf(GatewayUnknown);
        const hasEffect = fault === 'error' || fault === 'no-answer';
        expect((await gateway.readCharge(chargeId)).status).to.equal(hasEffect ? 'succeeded' : 'ready');
      });
    }

    it('confirms once when the SDK sends a request again whose connection was closed', async () => {
      const methodId = await addMethod();
      const chargeId = await createCharge(methodId);
      fake.failNext('confirm', 'cut-after', 1);
      const before = fake.requests.length;
      const state = await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
      expect(state.status).to.equal('succeeded');
      const confirmations = fake.requests.slice(before).filter(({ path }) => path.endsWith('/confirm'));
      expect(confirmations).to.have.length(2);
      expect(new Set(confirmations.map(({ key }) => key)).size).to.equal(1);
      expect(
        fake.account.list('charge').filter((each) => each['payment_intent'] === chargeId),
      ).to.have.length(1);
    });

    it('does not know the result while another request with the same key is running', async () => {
      const methodId = await addMethod();
      const values = { chargeId: await createCharge(methodId), methodId, key: newKey() };
      const both = await Promise.allSettled([gateway.confirmCharge(values), gateway.confirmCharge(values)]);
      const failed = both.filter((each) => each.status === 'rejected');
      expect(failed.map(({ reason }) => (reason as Error).name)).to.eql(['GatewayUnknown']);
    });

    it('sends a confirmation and a refund once', async () => {
      const chargeId = await pay();
      fake.failNext('refund', 'unavailable');
      const before = fake.requests.length;
      const refund = { chargeId, amount: 1_00n, currency: 'USD', reference: newKey(), key: newKey() };
      expect(await errorOf(gateway.refund(refund))).to.be.instanceOf(GatewayUnknown);
      expect(fake.requests.length).to.equal(before + 1);
    });
  });

  it('sends every POST with a key', async () => {
    const chargeId = await pay();
    await gateway.cancelCharge(chargeId);
    await gateway.detachMethod(await addMethod());
    const keys = fake.requests.filter(({ method }) => method === 'POST').map(({ key }) => key ?? '');
    expect(keys.filter((key) => key === '' || key.startsWith('stripe-node-retry'))).to.eql([]);
  });

  it('names a wrong key', async () => {
    const error = await errorOf(open({ secretKey: 'sk_test_wrong' }).readAccount());
    expect(error).to.be.instanceOf(GatewayRefused).with.property('code', 'wrong_key');
    expect(await gateway.readAccount()).to.eql({ name: 'Bay Storage' });
  });

  describe('charges', () => {
    it('are charged back while a dispute is open or lost, and not by an inquiry', async () => {
      const chargeId = await pay();
      const chargedBack = async () => (await gateway.readCharge(chargeId)).chargedBack;
      fake.account.dispute(chargeId, 'warning_needs_response');
      expect(await chargedBack()).to.equal(0n);
      fake.account.dispute(chargeId, 'needs_response');
      expect(await chargedBack()).to.equal(100_00n);
      fake.account.list('dispute').at(-1)!['status'] = 'won';
      expect(await chargedBack()).to.equal(0n);
      fake.account.list('dispute').at(-1)!['status'] = 'lost';
      expect(await chargedBack()).to.equal(100_00n);
    });

    it('with a status that is not listed are unknown', async () => {
      const chargeId = await pay();
      stored(chargeId)['status'] = 'awaiting_review';
      expect(await errorOf(gateway.readCharge(chargeId))).to.be.instanceOf(GatewayUnknown);
    });

    it('with a decline that is not listed can be tried later', async () => {
      const methodId = await addMethod(FAKE_CARDS.declined);
      const chargeId = await createCharge(methodId);
      await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
      const error = stored(chargeId)['last_payment_error'] as Record<string, unknown>;
      error['decline_code'] = 'a_code_of_next_year';
      const { failure } = await gateway.readCharge(chargeId);
      expect(failure).to.eql({ code: 'a_code_of_next_year', retry: 'later', text: 'The card was declined.' });
      error['advice_code'] = 'do_not_try_again';
      expect((await gateway.readCharge(chargeId)).failure!.retry).to.equal('never');
    });

    it('are sent in the units of Stripe', async () => {
      const methodId = await addMethod();
      const units = async (amount: bigint, currency: string) => {
        const { chargeId } = await gateway.createCharge(newCharge(methodId, amount, currency));
        expect((await gateway.readCharge(chargeId)).received).to.equal(0n);
        return Number(stored(chargeId)['amount']);
      };
      expect(await units(1234_56n, 'EUR')).to.equal(123_456);
      expect(await units(1234n, 'JPY')).to.equal(1234);
      expect(await units(1234n, 'ISK')).to.equal(123_400);
      expect(await units(12_340n, 'KWD')).to.equal(12_340);
      expect(await units(12_300n, 'MGA')).to.equal(123);
      for (const [amount, currency] of [
        [12_345n, 'KWD'],
        [12_345n, 'MGA'],
        [49n, 'USD'],
        [49n, 'JPY'],
        [10n ** 13n, 'USD'],
      ] as const)
        expect(
          await errorOf(gateway.createCharge(newCharge(methodId, amount, currency))),
          currency,
        ).to.be.instanceOf(GatewayRefused);
      expect(gateway.abilities.isChargeable(12_345n, 'KWD')).to.equal(false);
      expect(gateway.abilities.minimum('GBP')).to.equal(30n);
    });
  });

  describe('methods', () => {
    it('are verifying until the customer has entered the amounts of the two small credits', async () => {
      const methodId = await addMethod(FAKE_BANK_ACCOUNTS.unverified);
      expect(await gateway.readMethod(methodId)).to.include({ type: 'us_bank_account', state: 'verifying' });
      fake.account.verify(methodId);
      expect((await gateway.readMethod(methodId)).state).to.equal('active');
    });

    it('of a type that is not listed are other', async () => {
      const methodId = await addMethod();
      Object.assign(fake.account.objects.get(methodId)!, { type: 'a_type_of_next_year', card: undefined });
      expect(await gateway.readMethod(methodId)).to.include({ type: 'other', last4: null, state: 'active' });
    });
  });

  describe('events', () => {
    const read = ({ body, headers }: { body: Buffer; headers: Record<string, string> }) =>
      gateway.readEvent(body, headers, Date.now());

    it('name the object to be read and what it is for', async () => {
      const methodId = await addMethod();
      const charge = newCharge(methodId);
      const { chargeId } = await gateway.createCharge(charge);
      fake.takeEvents();
      await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
      fake.account.dispute(chargeId, 'needs_response');
      await gateway.detachMethod(methodId);
      const events = fake.takeEvents().map(read);
      expect(events.map(({ type, subject }) => ({ type, ...subject }))).to.eql([
        { type: 'payment_intent.succeeded', kind: 'charge', id: chargeId },
        { type: 'charge.dispute.created', kind: 'charge', id: chargeId },
        { type: 'payment_method.detached', kind: 'method', id: methodId },
      ]);
      expect(events[0]).to.include({ reference: charge.reference, mode: 'test' });
    });

    it('of a setup name its method, and those of a page the page', async () => {
      fake.takeEvents();
      const methodId = await addMethod();
      const subjects = fake.takeEvents().map((event) => read(event).subject);
      expect(subjects[0]).to.eql({ kind: 'method', id: methodId });
      expect(subjects[1]).to.include({ kind: 'session' });
    });

    it('of another kind are read as well', () => {
      const event = fake.account.insert('event', 'evt', {
        type: 'payout.paid',
        data: { object: { id: 'po_1' } },
      });
      fake.account.events.push(event);
      expect(read(fake.takeEvents().at(-1)!)).to.deep.include({ subject: { kind: 'other', id: 'po_1' } });
    });
  });
});

function errorOf(call: Promise<ChargeState | object>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
