import { expect } from 'chai';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { BANK_ACCOUNTS, CARDS } from '../../../support/gateway.ts';
import { createTenant, signedInCustomer } from '../../../support/factories.ts';
import { Visitor } from '../../../support/visitor.ts';

const PATH = '/account/billing/payment-methods/new';

describe('Add payment details', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  const card = (number: string) => ({ card_number: number, expiry: '12/45', security_code: '123' });

  it('adds a card on the page of the payment service, as the default', async () => {
    const { visitor } = await payments.person();
    const billing = await visitor.visit('/account/billing');
    const form = await billing.submit('Add payment details');
    expect(form.path).to.equal(PATH);
    const page = await form.submit('Add payment details');
    expect(page.status).to.equal(200);
    const hosted = await page.follow('Continue to the payment page');
    const returned = await hosted.submit('Save card', card(CARDS.succeeds));
    expect(returned.path).to.equal(page.path);
    expect(returned.text).to.include('We are waiting for the payment service.');
    expect(returned.headers['refresh']).to.be.a('string');
    await payments.runWorkers();
    expect((await visitor.visit(page.path)).text).to.include('Visa ending 4242 was added.');
    const details = (await visitor.visit('/account/billing')).find('#payment-details')!.text;
    expect(details).to.include('Visa ending 4242 · expires 12/45').and.include('Default');
  });

  it('adds a bank account with a signed mandate, which is stored, emailed and audited', async () => {
    const { visitor } = await payments.person();
    const form = await visitor.visit(PATH);
    const text = form.find('.paper')!.text;
    expect(text).to.include('I authorise').and.include('I can revoke it at any time');
    const page = await form.submit('Sign and add a bank account', { 'Your full name': ' Ada King ' });
    const { rows } = await payments.portal.owner.query<Record<string, string>>(
      `select text, signed_name, locale, ip, user_agent, payment_method_id from mandates where signed_by = $1`,
      [visitor.person.id],
    );
    expect(rows).to.have.length(1);
    expect(rows[0]).to.include({ text, signed_name: 'Ada King', locale: 'en', ip: visitor.address });
    expect(page.path).to.include(rows[0]!['payment_method_id']);
    const sent = await payments.portal.owner.query<{ variables: Record<string, string> }>(
      `select variables from emails where template = 'mandateSigned' and user_id = $1`,
      [visitor.person.id],
    );
    expect(sent.rows[0]!.variables).to.include({ body: text, author: 'Ada King' });
    const audit = await payments.portal.owner.query(
      `select 1 from audit_events where event = 'mandate.signed' and actor_id = $1`,
      [visitor.person.id],
    );
    expect(audit.rows).to.have.length(1);
    const hosted = await page.follow('Continue to the payment page');
    await hosted.submit('Save bank account', { account_number: BANK_ACCOUNTS.succeeds });
    await payments.runWorkers();
    expect((await visitor.visit(page.path)).text).to.include('ending 6789 was added.');
  });

  it('refuses a mandate without a name, and keeps what was typed', async () => {
    const { visitor } = await payments.person();
    const page = await (await visitor.visit(PATH)).submit('Sign and add a bank account', {});
    expect(page.status).to.equal(422);
    expect(page.errors).to.eql(['Enter your full name']);
    expect(await methodsOf(visitor.person.id)).to.equal(0);
  });

  it('adds one method when the form is sent twice', async () => {
    const { visitor } = await payments.person();
    const form = await visitor.visit(PATH);
    const submission = form.form('Add payment details').submission({});
    const pages = [await form.send(submission), await form.send(submission)];
    expect(new Set(pages.map(({ path }) => path)).size).to.equal(1);
    expect(await methodsOf(visitor.person.id)).to.equal(1);
  });

  it('is for a company in its name', async () => {
    const { visitor, base, account } = await payments.inRole('accounts_payable');
    const page = await (
      await visitor.visit(`${base}/billing/payment-methods/new`)
    ).submit('Add payment details');
    expect(page.path).to.match(new RegExp(`^${base}/billing/payment-methods/`));
    const { rows } = await payments.portal.owner.query(
      `select 1 from payment_methods m join billing_accounts b on b.id = m.billing_account_id where b.company_id = $1`,
      [account.company.id],
    );
    expect(rows).to.have.length(1);
  });

  it('is not offered to a role that may not change payment details', async () => {
    const { visitor, base } = await payments.inRole('view_only');
    expect((await visitor.visit(`${base}/billing/payment-methods/new`)).status).to.equal(403);
  });

  it('responds with 404 where the tenant has no payment service', async () => {
    const other = await signedInCustomer(payments.portal, await createTenant(payments.portal));
    expect((await other.get(PATH)).status).to.equal(404);
    expect((await other.visit('/account/billing')).buttons).to.not.include('Add payment details');
  });

  it('redirects anonymous users to the login page', async () => {
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    expect((await anonymous.visit(PATH)).path).to.equal('/account/login');
  });

  async function methodsOf(userId: string): Promise<number> {
    const { rows } = await payments.portal.owner.query<{ count: number }>(
      `select count(*)::int as count from payment_methods m
         join billing_accounts b on b.tenant_id = m.tenant_id and b.id = m.billing_account_id where b.user_id = $1`,
      [userId],
    );
    return rows[0]!.count;
  }
});
