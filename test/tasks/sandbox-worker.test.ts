import { expect } from 'chai';
import { startSandboxWorker } from '../../src/tasks/sandbox-worker.ts';
import { createTenant } from '../support/factories.ts';
import { BANK_ACCOUNTS, CARDS, createSandbox, newKey, type TestSandbox } from '../support/gateway.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('The worker of the sandbox', () => {
  let portal: OwnPortal;
  let sandbox: TestSandbox;
  let customerId: string;
  let methodId: string;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    sandbox = await createSandbox(portal, await createTenant(portal));
    const customer = { name: 'Ada', email: null, reference: newKey(), key: newKey() };
    ({ customerId } = await sandbox.gateway.createCustomer(customer));
    methodId = await sandbox.addMethod(customerId, CARDS.succeeds);
    await sandbox.deliver();
    await sql(portal, 'delete from gateway_events');
  });
  after(() => portal.close());

  const charge = async (method = methodId) => {
    const values = { customerId, methodId: method, amount: 10_00n, currency: 'USD', reference: newKey() };
    const { chargeId } = await sandbox.gateway.createCharge({ ...values, key: newKey() });
    await sandbox.gateway.confirmCharge({ chargeId, methodId: method, key: newKey() });
    return chargeId;
  };
  const received = async () =>
    (
      await sql<{ type: string }>(
        portal,
        'select type from gateway_events where gateway_id = $1 order by received_at, id',
        [sandbox.id],
      )
    ).map(({ type }) => type);
  const due = async () =>
    sql<{ type: string; seconds: number; deliveries: number }>(
      portal,
      `select type, round(extract(epoch from due_at - now()))::int as seconds, deliveries from sandbox_events
       where gateway_id = $1 and due_at is not null order by due_at`,
      [sandbox.id],
    );

  it('sends the events of a charge and of a completed page in their order', async () => {
    const chargeId = await charge();
    await sandbox.deliver();
    expect(await received()).to.eql(['charge.succeeded']);
    const [event] = await sql(portal, 'select object_id, state from gateway_events');
    expect(event).to.eql({ object_id: chargeId, state: 'received' });
    await sandbox.complete(await openPayment(), CARDS.succeeds);
    await sandbox.deliver();
    expect(await received()).to.eql(['charge.succeeded', 'session.completed', 'charge.succeeded']);
    expect(await due()).to.eql([]);
  });

  it('sends the result of a debit when it is known', async () => {
    await charge(await sandbox.addMethod(customerId, BANK_ACCOUNTS.fails));
    await sandbox.deliver();
    expect(await received()).to.eql(['session.completed', 'charge.processing']);
    await sandbox.settle();
    await sandbox.deliver();
    expect(await received()).to.eql(['session.completed', 'charge.processing', 'charge.failed']);
  });

  it('sends an event of a charge that is taken back', async () => {
    const chargeId = await charge();
    await sandbox.chargeBack(chargeId);
    await sandbox.deliver();
    expect(await received()).to.eql(['charge.succeeded', 'charge.charged_back']);
    expect((await sandbox.gateway.readCharge(chargeId)).chargedBack).to.equal(10_00n);
  });

  it('sends an event when a page expires or is closed, and none when it was completed', async () => {
    const left = await openPayment();
    const [event] = await due();
    expect(event).to.deep.include({ type: 'session.expired' });
    expect(event!.seconds).to.be.within(29 * 60, 30 * 60);
    await sandbox.deliver();
    expect(await received()).to.eql([]);
    await sandbox.gateway.closeSession(left.sessionId);
    await sandbox.deliver();
    expect(await received()).to.eql(['session.expired']);
    await sandbox.complete(await openPayment(), CARDS.succeeds);
    expect((await due()).map(({ type }) => type)).to.eql(['session.completed', 'charge.succeeded']);
  });

  it('sends nothing after the switch never, once', async () => {
    await sandbox.next('event', 'never');
    await charge();
    await sandbox.deliver();
    expect(await received()).to.eql([]);
    await charge();
    await sandbox.deliver();
    expect(await received()).to.eql(['charge.succeeded']);
  });

  it('sends an event twice after the switch twice, which is stored once', async () => {
    await sandbox.next('event', 'twice');
    await charge();
    expect((await due()).map(({ deliveries }) => deliveries)).to.eql([2]);
    await sandbox.deliver();
    expect(await due()).to.eql([]);
    expect(await received()).to.eql(['charge.succeeded']);
  });

  it('sends an event a minute later after the switch delay', async () => {
    await sandbox.next('event', 'delay');
    await charge();
    await sandbox.deliver();
    expect(await received()).to.eql([]);
    expect((await due())[0]!.seconds).to.be.within(55, 60);
  });

  it('sends events in the reverse order, and after later ones, after the switch out-of-order', async () => {
    await sandbox.next('event', 'out-of-order');
    await sandbox.complete(await openPayment(), CARDS.succeeds);
    await charge(await sandbox.addMethod(customerId));
    await sandbox.deliver();
    expect(await received()).to.eql(['session.completed', 'charge.succeeded']);
    expect((await due()).map(({ type }) => type)).to.eql(['charge.succeeded', 'session.completed']);
  });

  it('tries again when the webhook refuses an event', async () => {
    await charge();
    await sql(portal, `update gateways set service = 'stripe', sealed_secret_key = '\\x00' where id = $1`, [
      sandbox.id,
    ]);
    await sandbox.deliver();
    const [event] = await due();
    expect(event!.seconds).to.be.within(1, 2);
    await sql(portal, `update gateways set service = 'sandbox' where id = $1`, [sandbox.id]);
    await sandbox.settle();
    await sandbox.deliver();
    expect(await received()).to.eql(['charge.succeeded']);
  });

  it('sends events soon after they happen while it runs', async () => {
    const { config, database, log, port } = portal;
    const worker = startSandboxWorker({ config, database, log, port });
    try {
      await charge();
      while ((await received()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await worker.stop();
    }
  });

  const openPayment = () =>
    sandbox.gateway.openPaymentPage({
      customerId,
      amount: 20_00n,
      currency: 'USD',
      description: 'Invoice',
      savesMethod: false,
      reference: newKey(),
      key: newKey(),
      returnUrl: '/account',
      cancelUrl: '/account',
      locale: 'en',
    });
});
