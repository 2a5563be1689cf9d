import { expect } from 'chai';
import request from 'supertest';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { newId } from '../../../../src/database/new-id.ts';
import { systemActor } from '../../../../src/domain/actor.ts';
import { openAccount } from '../../../../src/domain/billing-account/billing-account.ts';
import { readKeys } from '../../../../src/domain/gateway/gateway-keys.ts';
import { findActiveGateway } from '../../../../src/domain/gateway/gateway-queries.ts';
import { saveGateway } from '../../../../src/domain/gateway/gateway-settings.ts';
import { found } from '../../../../src/errors.ts';
import { createLog } from '../../../../src/log.ts';
import { findAuditEvents } from '../../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import type { StaffVisitor } from '../../../support/operations.ts';
import { startPortal, type OwnPortal, type TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { StripeFake } from '../../../support/stripe-fake.ts';

const PAYMENTS = '/settings/payments';
const SECRETS = [
  'whsec_TheFirstSecret0001',
  'whsec_TheSecondSecret0002',
  'whsec_TheThirdSecret0003',
] as const;

describe('/settings/payments', () => {
  let fake: StripeFake;
  let portal: OwnPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    fake = await StripeFake.start();
    portal = await startPortal({ env: { STRIPE_API_URL: fake.url } });
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(async () => {
    await portal.close();
    await fake.close();
  });

  const save = async (fields: Record<string, string | boolean>) =>
    (await manager.visit(PAYMENTS)).submit('Save changes', fields);
  const saveStripe = (fields: Record<string, string | boolean> = {}) =>
    save({ 'Payment service': 'Stripe', 'Secret key': fake.secretKey, ...fields });
  const active = () =>
    inTenant(portal.database, tenant.id, async (db) => {
      const row = found(await findActiveGateway(db));
      return { ...row, ...readKeys(portal.config.secretKeys, row) };
    });
  const rows = () =>
    sql(portal, 'select service, mode, is_active from gateways where tenant_id = $1 order by id', [
      tenant.id,
    ]);
  const addMethod = (gateway_id: string, external_id = 'pm_1') =>
    inTenant(portal.database, tenant.id, async (db) => {
      const customer = await createCustomer(portal, tenant);
      const account = await openAccount(db, { user_id: customer.id }, 'USD');
      const card = { type: 'card', status: 'active', external_id } as const;
      await db.insertInto('payment_methods', {
        id: newId(),
        billing_account_id: account.id,
        gateway_id,
        ...card,
      });
    });

  it('is linked from Settings and begins without a payment service', async () => {
    const page = await (await manager.visit('/settings')).follow('Payments');
    expect(page.path).to.equal(PAYMENTS);
    expect(page.form('Save changes').values()).to.include({ service: 'none', version: '0' });
    expect(page.buttons).not.to.include('Test connection');
  });

  it('stores the keys encrypted and shows only their last characters and the webhook address', async () => {
    const saved = await saveStripe({ 'Webhook signing secret': SECRETS[0] });
    expect(saved.flashes[0]).to.equal('Stripe is the payment service.');
    const { id, mode, secretKey, webhookSecrets, sealed_secret_key } = await active();
    expect({ mode, secretKey, webhookSecrets }).to.eql({
      mode: 'test',
      secretKey: fake.secretKey,
      webhookSecrets: [SECRETS[0]],
    });
    expect(sealed_secret_key!.includes(fake.secretKey)).to.equal(false);
    expect(saved.text).to.include('Set, ends in …1234').and.include('Set, ends in …0001');
    expect(saved.find('#webhook-address')!.text).to.include(`/webhooks/stripe/${id}`);
    for (const secret of [fake.secretKey, SECRETS[0]]) expect(saved.html).not.to.include(secret);
    expect(saved.text).to.include('Test mode');
  });

  it('neither shows nor logs a secret of a form that is refused', async () => {
    const logged: string[] = [];
    const log = createLog('trace', { write: (line) => void logged.push(line) });
    const verbose = await startPortal({ env: { STRIPE_API_URL: fake.url }, log });
    try {
      const own = await createTenant(verbose);
      const staff = await signedInStaff(verbose, own);
      const form = await staff.visit(PAYMENTS);
      const typed = { 'Secret key': fake.secretKey, 'Webhook signing secret': 'not-a-secret-0004' };
      const refused = await form.submit('Save changes', { 'Payment service': 'Stripe', ...typed });
      expect(refused.status).to.equal(422);
      const saved = await form.submit('Save changes', {
        ...typed,
        'Webhook signing secret': SECRETS[0],
        'Payment service': 'Stripe',
      });
      expect(saved.flashes[0]).to.equal('Stripe is the payment service.');
      await saved.submit('Test connection');
      const audited = JSON.stringify(
        await sql(verbose, 'select * from audit_events where tenant_id = $1', [own.id]),
      );
      expect(logged.join('')).to.include(PAYMENTS);
      for (const secret of [fake.secretKey, typed['Webhook signing secret'], SECRETS[0]])
        for (const text of [refused.html, saved.html, logged.join(''), audited])
          expect(text).to.not.include(secret);
    } finally {
      await verbose.close();
    }
  });

  it('records gateway.updated without the keys', async () => {
    await saveStripe({ 'Webhook signing secret': SECRETS[0] });
    const [event] = await findAuditEvents(portal, tenant, 'gateway.updated');
    expect(event!.changes).to.eql({
      service: [null, 'stripe'],
      mode: [null, 'test'],
      secret_key: ['•••', '•••'],
      webhook_secret: ['•••', '•••'],
    });
    await save({ 'Payment service': 'None' });
    const [latest] = (await findAuditEvents(portal, tenant, 'gateway.updated')).toSorted(
      (one, other) => Number('secret_key' in one.changes!) - Number('secret_key' in other.changes!),
    );
    expect(latest!.changes).to.eql({ service: ['stripe', null], mode: ['test', null] });
  });

  it('keeps keys that are left empty, and accepts two signing secrets until the former is removed', async () => {
    await saveStripe({ 'Webhook signing secret': SECRETS[0] });
    const { id } = await active();
    const page = await save({ 'Webhook signing secret': SECRETS[1] });
    expect(await active()).to.deep.include({
      id,
      secretKey: fake.secretKey,
      webhookSecrets: [SECRETS[1], SECRETS[0]],
    });
    const refused = await save({ 'Webhook signing secret': SECRETS[2] });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['Two secrets are stored. Remove the former one first']);
    expect(refused.html).not.to.include(SECRETS[2]);
    const removed = await page.submit('Remove the former signing secret, …0001');
    expect(removed.flashes[0]).to.equal('The former webhook signing secret was removed.');
    expect((await active()).webhookSecrets).to.eql([SECRETS[1]]);
  });

  for (const [title, fields, message] of [
    ['without a secret key', { 'Secret key': '' }, 'Enter the secret key'],
    [
      'with a publishable key',
      { 'Secret key': 'pk_test_12345678' },
      'Enter a secret key, which begins with sk_ or rk_',
    ],
    ['with a live key in development', { 'Secret key': 'sk_live_12345678' }, /^Use a test key/],
    ['with a wrong signing secret', { 'Webhook signing secret': 'secret' }, /begins with whsec_/],
  ] as const) {
    it(`is refused ${title}`, async () => {
      const page = await saveStripe(fields);
      expect(page.status).to.equal(422);
      expect(page.errors).to.have.length(1);
      expect(page.errors[0]).to.match(new RegExp(message));
      expect(await rows()).to.eql([]);
    });
  }

  it('in production takes live keys and test keys, and refuses the sandbox', async () => {
    const actor = systemActor('Test');
    const context = { secretKeys: portal.config.secretKeys, production: true };
    const values = { secret_key: null, webhook_secret: null, stops_methods: false };
    const run = (change: Partial<Parameters<typeof saveGateway>[3]>, version: number) =>
      inTenant(portal.database, tenant.id, (db) =>
        saveGateway(db, actor, context, { service: 'stripe', version, ...values, ...change }),
      );
    expect(await run({ service: 'sandbox' }, 0)).to.deep.include({ ok: false });
    expect(await run({ secret_key: 'sk_test_12345678' }, 0)).to.include({ ok: true });
    expect(await run({ secret_key: 'sk_live_12345678' }, 1)).to.include({ ok: true });
    expect(await rows()).to.eql([
      { service: 'stripe', mode: 'test', is_active: false },
      { service: 'stripe', mode: 'live', is_active: true },
    ]);
  });

  it('asks to confirm that payment methods stop, and keeps the row of the former gateway', async () => {
    await save({ 'Payment service': 'Sandbox' });
    const { id } = await active();
    await addMethod(id);
    const refused = await save({ 'Payment service': 'None' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['Confirm that 1 payment method of a customer stops working']);
    const saved = await refused.submit('Save changes', {
      'Stop the payment methods of the present service': true,
    });
    expect(saved.flashes).to.eql([
      'No payment service is used now.',
      '1 payment method of a customer cannot be used any longer.',
    ]);
    expect(await rows()).to.eql([{ service: 'sandbox', mode: 'test', is_active: false }]);
    await save({ 'Payment service': 'Sandbox' });
    expect((await active()).id).to.equal(id);
  });

  it('keeps the gateway when the new key can read the stored payment methods', async () => {
    await saveStripe();
    const { id } = await active();
    await addMethod(id, fake.account.insert('payment_method', 'pm', { type: 'card', customer: 'cus_1' }).id);
    expect((await saveStripe()).flashes[0]).to.equal('Stripe is the payment service.');
    expect((await active()).id).to.equal(id);
  });

  it('asks to confirm a key of another account, which is another gateway', async () => {
    await saveStripe();
    const { id } = await active();
    await addMethod(id, 'pm_OfAnotherAccount');
    const refused = await saveStripe();
    expect(refused.errors).to.eql(['Confirm that 1 payment method of a customer stops working']);
    expect((await active()).id).to.equal(id);
    await saveStripe({ 'Stop the payment methods of the present service': true });
    expect((await active()).id).not.to.equal(id);
    expect(await rows()).to.eql([
      { service: 'stripe', mode: 'test', is_active: false },
      { service: 'stripe', mode: 'test', is_active: true },
    ]);
  });

  it('refuses a new key that the service does not accept, and one that cannot be checked', async () => {
    await saveStripe();
    const { id, secretKey } = await active();
    await addMethod(id);
    const wrong = await saveStripe({ 'Secret key': 'sk_test_AnotherKey' });
    expect(wrong.errors[0]).to.include('does not accept this key');
    const { url } = fake;
    portal.config.stripeApiUrl = 'http://127.0.0.1:9';
    const unreachable = await saveStripe();
    portal.config.stripeApiUrl = url;
    expect(unreachable.errors[0]).to.include('could not be reached');
    expect((await active()).secretKey).to.equal(secretKey);
  });

  it('refuses a form that was opened before another change, and shows what is in use', async () => {
    const first = await manager.visit(PAYMENTS);
    await save({ 'Payment service': 'Sandbox' });
    const page = await first.submit('Save changes', {
      'Payment service': 'Stripe',
      'Secret key': fake.secretKey,
    });
    expect(page.status).to.equal(422);
    expect(page.errors[0]).to.include('Someone changed the settings');
    expect(await rows()).to.eql([{ service: 'sandbox', mode: 'test', is_active: true }]);
  });

  describe('Test connection', () => {
    const test = async () => (await manager.visit(PAYMENTS)).submit('Test connection');

    it('names the account', async () => {
      await saveStripe();
      expect((await test()).flashes[0]).to.equal(
        'The connection works in test mode: no money is moved. The account is Bay Storage.',
      );
    });

    it('says that the key is wrong', async () => {
      await saveStripe({ 'Secret key': 'sk_test_AnotherKey' });
      expect((await test()).flashes[0]).to.equal(
        'The payment service does not accept the secret key. Copy it again from the account.',
      );
    });

    it('says that the service cannot be reached', async () => {
      await saveStripe();
      fake.failNext('account', 'cut-before');
      expect((await test()).flashes[0]).to.include('could not be reached');
    });
  });

  it('is forbidden without the permission', async () => {
    const staff = await signedInStaff(portal, tenant, 'admin');
    expect((await staff.get(PAYMENTS)).status).to.equal(403);
    expect((await staff.visit('/settings')).text).not.to.include('The service that charges');
  });

  it('receives signed webhooks at the address that it shows', async () => {
    await saveStripe({ 'Webhook signing secret': fake.webhookSecret });
    const event = fake.account.insert('event', 'evt', {
      type: 'payout.paid',
      data: { object: { id: 'po_1' } },
    });
    fake.account.events.push(event);
    const [sent] = fake.takeEvents();
    const { id } = await active();
    const { status } = await postWebhook(portal, tenant, id, sent!);
    expect(status).to.equal(200);
    expect(await sql(portal, 'select state, reason from gateway_events where gateway_id = $1', [id])).to.eql([
      { state: 'ignored', reason: 'Events of this type are not used.' },
    ]);
  });

  it('shows customers the bank details and test mode', async () => {
    const settings = await manager.visit('/settings/billing');
    const saved = await settings.submit('Save changes', { 'Bank details': 'Bay Bank\r\nIBAN GB00 BAY' });
    expect(saved.form('Save changes').values()).to.include({ bank_details: 'Bay Bank\nIBAN GB00 BAY' });
    const company = await createCompany(portal, tenant);
    const customer = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
    await inTenant(portal.database, tenant.id, (db) => openAccount(db, { company_id: company.id }, 'USD'));
    const before = await customer.visit('/account/billing');
    expect(before.text).to.include('IBAN GB00 BAY').and.include('Payment reference');
    expect(before.text).not.to.include('Test mode');
    await saveStripe();
    expect((await customer.visit('/account/billing')).text).to.include('Test mode');
  });
});

function postWebhook(
  portal: TestPortal,
  { account }: TestTenant,
  gatewayId: string,
  { body, headers }: { body: Buffer; headers: Record<string, string> },
) {
  return request(portal.server)
    .post(`/webhooks/stripe/${gatewayId}`)
    .set({ ...headers, Host: account })
    .send(body.toString());
}
