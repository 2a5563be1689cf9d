import { expect } from 'chai';
import pg from 'pg';
import type { HostedPage } from '../../../src/domain/gateway/gateway.ts';
import { createLog } from '../../../src/log.ts';
import { createTenant, type TestTenant } from '../../support/factories.ts';
import { BANK_ACCOUNTS, CARDS, createSandbox, newKey, type TestSandbox } from '../../support/gateway.ts';
import type { Page } from '../../support/page.ts';
import { PRODUCTION, startPortal, type OwnPortal, type TestPortal } from '../../support/portal.ts';
import { sql, untilBlocked } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The page of the sandbox', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let sandbox: TestSandbox;
  let customerId: string;
  let visitor: Visitor;
  let logged = '';

  before(async () => {
    portal = await startPortal({ log: createLog('trace', { write: (line) => void (logged += line) }) });
    tenant = await createTenant(portal);
    sandbox = await createSandbox(portal, tenant);
    const customer = { name: 'Ada', email: null, reference: newKey(), key: newKey() };
    ({ customerId } = await sandbox.gateway.createCustomer(customer));
  });
  beforeEach(() => {
    visitor = new Visitor(portal, tenant.account);
  });
  after(() => portal.close());

  const urls = () => ({
    returnUrl: `${visitor.origin}/account/login?returned=1`,
    cancelUrl: `${visitor.origin}/account/terms`,
    locale: 'en',
  });
  const openSetup = (methodTypes: ('card' | 'us_bank_account')[] = ['card', 'us_bank_account']) =>
    sandbox.gateway.openSetupPage({ customerId, methodTypes, reference: newKey(), key: newKey(), ...urls() });
  const openPayment = (savesMethod = false) =>
    sandbox.gateway.openPaymentPage({
      customerId,
      amount: 1234_50n,
      currency: 'USD',
      description: 'Invoice INV-1',
      savesMethod,
      reference: newKey(),
      key: newKey(),
      ...urls(),
    });
  const card = (number: string, values = {}) => ({
    card_number: number,
    expiry: '12 / 45',
    security_code: '123',
    ...values,
  });
  const read = ({ sessionId }: HostedPage) => sandbox.gateway.readSession(sessionId);

  it('says that it is in test mode, lists the test numbers and runs no script', async () => {
    const page = await visitor.visit((await openSetup()).url);
    expect(page.status).to.equal(200);
    expect(page.text).to.include('Test mode').and.include('No money is moved');
    expect(page.text).to.include('4242 4242 4242 4242').and.include('0001 1111 1116');
    expect(page.findAll('script')).to.eql([]);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).to.include("default-src 'none'").and.include("form-action 'self'");
    expect(policy).not.to.include('script-src');
  });

  it('saves a card and returns to the portal', async () => {
    const hosted = await openSetup();
    const page = await visitor.visit(hosted.url);
    const returned = await page.submit('Save card', card('4242 4242 4242 4242'));
    expect(returned.url).to.equal('/account/login?returned=1');
    const { state, methodId } = await read(hosted);
    expect(state).to.equal('complete');
    expect(await sandbox.gateway.readMethod(methodId!)).to.deep.include({
      brand: 'Visa',
      last4: '4242',
      exp_month: 12,
      exp_year: 2045,
    });
  });

  it('saves a bank account', async () => {
    const hosted = await openSetup();
    const page = await visitor.visit(hosted.url);
    await page.submit('Save bank account', { account_number: BANK_ACCOUNTS.succeeds });
    const { methodId } = await read(hosted);
    expect(await sandbox.gateway.readMethod(methodId!)).to.include({
      type: 'us_bank_account',
      last4: '6789',
      brand: null,
    });
  });

  it('offers no bank account when only cards are asked for', async () => {
    const page = await visitor.visit((await openSetup(['card'])).url);
    expect(page.text).not.to.include('Account number');
  });

  it('pays the amount on its button', async () => {
    const hosted = await openPayment();
    const page = await visitor.visit(hosted.url);
    expect(page.text).to.include('Invoice INV-1');
    await page.submit('Pay $1,234.50', card(CARDS.succeeds));
    const { chargeId } = await read(hosted);
    expect(await sandbox.gateway.readCharge(chargeId!)).to.include({
      status: 'succeeded',
      received: 1234_50n,
    });
  });

  it('asks for a confirmation where the bank does', async () => {
    for (const open of [openSetup, openPayment]) {
      const hosted = await open();
      const page = await visitor.visit(hosted.url);
      const button = open === openSetup ? 'Save card' : 'Pay $1,234.50';
      const confirm = await page.submit(button, card(CARDS.authentication_required));
      expect(confirm.h1).to.equal('Your bank asks you to confirm');
      expect(await read(hosted)).to.eql({ state: 'open' });
      expect((await confirm.submit('Confirm')).url).to.equal('/account/login?returned=1');
      expect((await read(hosted)).state).to.equal('complete');
    }
  });

  for (const [name, text] of [
    ['declined', 'The card was declined. Use another card.'],
    ['insufficient_funds', 'The card has insufficient funds. Use another card.'],
    ['stolen_card', 'The card was declined. Use another card.'],
    ['expired_card', 'The card has expired. Use another card.'],
  ] as const) {
    it(`shows that a card is ${name}, and accepts another one`, async () => {
      const hosted = await openPayment();
      const page = await visitor.visit(hosted.url);
      const refused = await page.submit('Pay $1,234.50', card(CARDS[name]));
      expect(refused.status).to.equal(422);
      expect(refused.text).to.include(text);
      expect(await read(hosted)).to.eql({ state: 'open' });
      await refused.submit('Pay $1,234.50', card(CARDS.succeeds));
      expect((await read(hosted)).state).to.equal('complete');
    });
  }

  it('refuses other numbers, a past expiry and a wrong security code without showing the number again', async () => {
    const hosted = await openSetup();
    const refuse = async (values: object, text: string) => {
      const page = await visitor.visit(hosted.url);
      const refused = await page.submit('Save card', card(CARDS.succeeds, values));
      expect(refused.status).to.equal(422);
      expect(refused.text).to.include(text);
      for (const input of refused.findAll('input:not([type="hidden"])'))
        expect(input.getAttribute('value')).to.equal('');
    };
    await refuse({ card_number: '4111 1111 1111 1111' }, 'Use one of the test numbers below');
    await refuse({ card_number: '' }, 'Enter a card number');
    await refuse({ expiry: '13/45' }, 'Enter a month and a year, like 04/30');
    await refuse({ expiry: '01/20' }, 'Enter a month that has not passed');
    await refuse({ security_code: '12' }, 'Enter the three or four digits of the security code');
    const page = await visitor.visit(hosted.url);
    const refused = await page.submit('Save bank account', { account_number: '000222222227' });
    expect(refused.text).to.include('Use one of the test numbers below');
    expect(await read(hosted)).to.eql({ state: 'open' });
  });

  it('completes once when it is submitted twice', async () => {
    const hosted = await openPayment();
    const page = await visitor.visit(hosted.url);
    const path = `/sandbox/pay/${hosted.sessionId}/cards`;
    const before = await countRows('sandbox_charges');
    const lock = await portal.owner.connect();
    await lock.query('begin');
    await lock.query('select 1 from sandbox_sessions where id = $1 for update', [hosted.sessionId]);
    const posts = [1, 2].map(() => visitor.postFrom(page, path, card(CARDS.succeeds)));
    await untilBlocked(portal, 2);
    await lock.query('commit');
    lock.release();
    const responses = await Promise.all(posts);
    for (const { status, headers } of responses)
      expect([status, headers['location']]).to.eql([303, urls().returnUrl]);
    expect(await countRows('sandbox_charges')).to.equal(before + 1);
  });

  it('leads back after it is completed', async () => {
    const hosted = await openSetup();
    await sandbox.complete(hosted, CARDS.succeeds);
    const page = await visitor.visit(hosted.url);
    expect(page.h1).to.equal('This page is completed');
    expect((await page.follow(`Back to ${tenant.name}`)).url).to.equal('/account/login?returned=1');
  });

  it('accepts nothing after it has expired or was closed', async () => {
    const [expired, closed] = [await openPayment(), await openPayment()];
    const forms: Page[] = [];
    for (const { url } of [expired, closed]) forms.push(await visitor.visit(url));
    await sql(portal, 'update sandbox_sessions set expires_at = now() where id = $1', [expired.sessionId]);
    await sandbox.gateway.closeSession(closed.sessionId);
    for (const [index, hosted] of [expired, closed].entries()) {
      const page = await forms[index]!.submit('Pay $1,234.50', card(CARDS.succeeds));
      expect([page.status, page.h1]).to.eql([410, 'This page has expired']);
      expect(await read(hosted)).to.eql({ state: 'expired' });
      expect((await page.follow(`Back to ${tenant.name}`)).url).to.equal('/account/terms');
    }
  });

  it('returns 404 for an unknown page and for that of another tenant', async () => {
    const other = new Visitor(portal, (await createTenant(portal)).account);
    const { sessionId } = await openSetup();
    for (const path of [`/sandbox/pay/${sessionId}`, '/sandbox/pay/x'])
      expect((await other.get(path)).status, path).to.equal(404);
    const page = await other.visit('/account/login');
    const posted = await other.postFrom(page, `/sandbox/pay/${sessionId}/cards`, card(CARDS.succeeds));
    expect(posted.status).to.equal(404);
  });

  it('returns 404 in production', async () => {
    const production = await startPortal({ env: PRODUCTION });
    try {
      const own = await createTenant(production);
      const { rows } = await production.owner.query<{ count: number }>(
        'select count(*)::int as count from gateways',
      );
      expect(rows).to.eql([{ count: 0 }]);
      const response = await new Visitor(production, own.account).get(
        '/sandbox/pay/01900000-0000-7000-8000-000000000000',
      );
      expect(response.status).to.equal(404);
      expect(response.text).to.include('Page not found');
    } finally {
      await production.close();
    }
  });

  it('leaves no typed number in the database, in the logs or on a page for a stale form', async () => {
    const unlisted = '4111 1111 1111 1111';
    for (const number of [CARDS.succeeds, CARDS.declined, unlisted]) {
      const page = await visitor.visit((await openPayment()).url);
      await page.submit('Pay $1,234.50', card(number, { security_code: '987' }));
    }
    const hosted = await openSetup();
    await (
      await visitor.visit(hosted.url)
    ).submit('Save bank account', {
      account_number: BANK_ACCOUNTS.fails,
    });
    const stale = await visitor.post(`/sandbox/pay/${hosted.sessionId}/cards`, card(unlisted));
    expect(stale.status).to.equal(403);
    expect(stale.text).not.to.include(unlisted);

    const numbers = [CARDS.succeeds, CARDS.declined, BANK_ACCOUNTS.fails, '4111111111111111', unlisted];
    const stored = await readDatabase(portal);
    expect(stored).to.include('4242').and.include('Invoice INV-1');
    expect(logged).to.include('/sandbox/pay/');
    for (const number of numbers) {
      expect(stored.includes(number), `${number} in the database`).to.equal(false);
      expect(logged.includes(number), `${number} in the logs`).to.equal(false);
    }
  });

  async function countRows(table: string): Promise<number> {
    const rows = await sql<{ count: number }>(portal, `select count(*)::int as count from ${table}`);
    return rows[0]!.count;
  }
});

/** Every row of every table as text. */
async function readDatabase(portal: TestPortal): Promise<string> {
  const client = new pg.Client({ connectionString: portal.urls.superuser });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'app'`,
    );
    let all = '';
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      all += rows.map(({ row }) => row).join('\n');
    }
    return all;
  } finally {
    await client.end();
  }
}
