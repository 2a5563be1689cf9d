import { expect } from 'chai';
import { addDays } from '../../src/domain/billing/civil-date.ts';
import { newId } from '../../src/database/new-id.ts';
import { nextCharge } from '../../src/domain/payment-method/autopay.ts';
import { CustomerPayments } from '../support/customer-payments.ts';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import { moveIn, PersonRentals, today } from '../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { TestRentals } from '../support/rentals.ts';
import { sql } from '../support/rows.ts';
import { createUnit } from '../support/units.ts';
import { Visitor } from '../support/visitor.ts';

const cards = ['Payment details', 'Units', 'Billing history'];

describe('Dashboard', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  async function inRoles(...roles: string[]) {
    const company = await createCompany(portal, tenant);
    return signedInCustomer(portal, tenant, { company, roles });
  }
  const cardsOf = (links: string[]) => cards.filter((card) => links.includes(card));

  it('shows the first name, the company and the three cards to a customer of one company', async () => {
    const company = await createCompany(portal, tenant, { name: 'Alpha & Söhne' });
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', company });
    const page = await ada.visit('/account');
    expect(page.h1).to.equal('Hello, Ada');
    expect(page.text).to.include('Alpha & Söhne');
    expect(cardsOf(page.links)).to.deep.equal(cards);
    expect(page.href('Units')).to.equal(`/account/companies/${company.id}/units`);
  });

  it('shows each context of a customer with the pages that they may open there', async () => {
    const company = await createCompany(portal, tenant, { name: 'Beta Ltd' });
    const other = await createCompany(portal, tenant, { name: 'Gamma Ltd' });
    const ada = await signedInCustomer(portal, tenant);
    await createMembership(portal, tenant, ada.person, { company, roles: ['unit_manager'] });
    await createMembership(portal, tenant, ada.person, { company: other, roles: [] });
    const sections = (await ada.visit('/account')).root
      .querySelectorAll('main section')
      .map((section) => [
        section.querySelector('h2')!.text,
        ...section.querySelectorAll('a').map((link) => link.getAttribute('href')),
      ]);
    expect(sections).to.deep.equal([
      [
        'Your own account',
        '/account/billing#payment-details',
        '/account/units',
        '/account/billing#billing-history',
      ],
      ['Beta Ltd', `/account/companies/${company.id}/units`],
      ['Gamma Ltd'],
    ]);
  });

  it('shows one company at the URL of the company', async () => {
    const companies = [
      await createCompany(portal, tenant, { name: 'Delta Ltd' }),
      await createCompany(portal, tenant, { name: 'Epsilon Ltd' }),
    ];
    const ada = await signedInCustomer(portal, tenant, { companies });
    const page = await ada.visit(`/account/companies/${companies[1]!.id}`);
    const main = page.find('main')!.text;
    expect(main).to.include('Epsilon Ltd').and.not.include('Delta Ltd');
    expect(cardsOf(page.links)).to.deep.equal(cards);
  });

  it('shows a heading without a name to a customer without a name', async () => {
    const nameless = await signedInCustomer(portal, tenant, { first_name: null, last_name: null });
    const page = await nameless.visit('/account');
    expect(page.h1).to.equal('Your account');
    expect(page.text).to.include(nameless.person.email);
  });

  it('shows only the cards that the role may open', async () => {
    const offered: Record<string, string[]> = {
      company_admin: cards,
      accounts_payable: ['Payment details', 'Billing history'],
      unit_manager: ['Units'],
      view_only: ['Units', 'Billing history'],
    };
    for (const [role, expected] of Object.entries(offered)) {
      const page = await (await inRoles(role)).visit('/account');
      expect(cardsOf(page.links), role).to.deep.equal(expected);
    }
  });

  it('shows units of a business with B2B words only if it has some', async () => {
    const b2b = await createTenant(portal, { name: 'Najd Supply' });
    await sql(portal, `update tenants set vocabulary = 'b2b' where id = $1`, [b2b.id]);
    const ada = await signedInCustomer(portal, b2b, { company: await createCompany(portal, b2b) });
    const before = await ada.visit('/account');
    expect(cardsOf(before.links)).to.deep.equal(['Payment details', 'Billing history']);
    expect(before.text).to.not.include('Units');
    await createUnit(portal, b2b);
    const after = await ada.visit('/account');
    expect(cardsOf(after.links)).to.deep.equal(cards);
    expect(after.find('nav[aria-label="Main"]')!.text).to.include('Units');
  });

  it('explains that a customer without a role has no cards', async () => {
    const page = await (await inRoles()).visit('/account');
    expect(page.text).to.include('No pages for your role yet');
  });

  it('shows the next payment, what is open in all, and the number of units', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    await moveIn(rentals, await today(rentals), { price: 30_00n });
    await rentals.issue(50_00n, { due_on: '2099-01-31' });
    const page = await ada.visit('/account');
    const next = page.find('#next-payment')!.text;
    expect(next).to.include('$30.00').and.include('due ').and.include('$80.00 is open in all.');
    expect(page.text).to.include('Units 1');
  });

  it('shows that an invoice is overdue, and nothing to pay once it is paid', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    await rentals.issue(50_00n, { due_on: '2026-01-31' });
    expect((await ada.visit('/account')).find('#next-payment')!.text).to.include(
      'Overdue was due on Jan 31, 2026',
    );
    await rentals.pay(50_00n);
    expect((await ada.visit('/account')).find('#next-payment')!.text).to.include('Nothing to pay');
  });

  async function withGateway() {
    const own = await createTenant(portal, { name: 'Beta Storage' });
    const gateway = newId();
    await sql(
      portal,
      `insert into gateways (tenant_id, id, service, mode) values ($1, $2, 'sandbox', 'test')`,
      [own.id, gateway],
    );
    const addCard = (account: string, values: { status?: string; exp_year?: number } = {}) =>
      sql(
        portal,
        `insert into payment_methods (tenant_id, id, billing_account_id, gateway_id, external_id, type, brand, last4,
           exp_month, exp_year, status, is_default)
         values ($1, $2, $3, $4, $2::uuid::text, 'card', 'Visa', '4242', 12, $5, $6, true)`,
        [own.id, newId(), account, gateway, values.exp_year ?? 2099, values.status ?? 'active'],
      );
    const turnOnAutopay = (account: string) =>
      sql(portal, 'update billing_accounts set autopay_since = now() where id = $1', [account]);
    return { own, addCard, turnOnAutopay };
  }

  it('asks for payment details when customers can pay by a gateway and have none', async () => {
    const { own } = await withGateway();
    const ada = await signedInCustomer(portal, own);
    const page = await ada.visit('/account');
    expect(page.find('.note.warn')!.text).to.include('Add your payment details');
    expect(page.href('Add payment details')).to.equal('/account/billing/payment-methods/new');
    expect(page.text).to.include('No payment details yet');
    const company = await createCompany(portal, own);
    const reader = await signedInCustomer(portal, own, { company, roles: ['view_only'] });
    expect((await reader.visit('/account')).text).to.not.include('payment details');
  });

  it('explains the bank transfer with the reference of the account when there is no gateway', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const invoice = await new PersonRentals(portal, tenant, ada.person).issue(50_00n);
    const page = await ada.visit('/account');
    const [account] = await sql<{ reference: string }>(
      portal,
      'select b.reference from billing_accounts b join invoices i on i.billing_account_id = b.id where i.id = $1',
      [invoice.id],
    );
    expect(page.text).to.include(`${account!.reference} Pay by bank transfer with this reference`);
    expect(page.href('How to pay')).to.equal('/account/billing#payment-details');
    expect(page.links).to.not.include('Pay now').and.not.include('Add payment details');
    expect(page.text).to.include(`$50.00 Invoice ${invoice.label} of`);
  });

  it('shows the next charge of autopay with its day and method: all that is due, without disputed and pending amounts', async () => {
    const { own, addCard, turnOnAutopay } = await withGateway();
    const ada = await signedInCustomer(portal, own);
    const rentals = new PersonRentals(portal, own, ada.person);
    const late = await rentals.issue(50_00n, { due_on: '2026-01-31' });
    const pending = await rentals.issue(20_00n, { due_on: '2026-02-28' });
    await rentals.issue(30_00n, { due_on: '2026-02-15' });
    await rentals.issue(99_00n, { due_on: '2099-01-31' });
    const account = late.account.id;
    await addCard(account);
    const before = await ada.visit('/account');
    expect(before.find('#next-payment')!.text).to.include('$100.00').and.not.include('We will charge');
    expect(before.text).to.include('Visa ending 4242').and.include('Autopay is off');
    expect(before.href('Pay now')).to.equal('/account/billing#open-invoices');
    await turnOnAutopay(account);
    await sql(portal, 'update invoices set disputed_cents = 800 where id = $1', [late.id]);
    await markPending(pending.id);
    const text = (await ada.visit('/account')).find('#next-payment')!.text;
    expect(text).to.match(/\$72\.00 Overdue was due on Jan 31, 2026/);
    expect(text).to.match(/We will charge it on \w+ \d+, \d{4} to Visa ending 4242\./);
    const next = await rentals.run((db, billing) => nextCharge(db, billing, { id: account }));
    expect(next!.amount_cents).to.equal(72_00n);
    expect(text).to.include('A payment of $20.00 is on its way.').and.include('$199.00 is open in all.');
  });

  it('announces no charge of autopay for what is scheduled or is tried again, but says when that is', async () => {
    const payments = await CustomerPayments.on(portal);
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    const { id } = await account.issue(50_00n, { due_on: '2099-01-31' });
    await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    const day = addDays(await today(account), 40);
    await form.submit('Schedule payment', { Date: day });
    const next = async () => (await visitor.visit('/account')).find('#next-payment')!.text;
    expect(await next())
      .to.include('A payment of $50.00 is scheduled for ')
      .and.not.include('We will charge');
    await sql(
      portal,
      `update payments set status = 'failed', next_retry_on = '2099-02-03' where scheduled_on = $1`,
      [day],
    );
    expect(await next())
      .to.include('A payment of $50.00 did not go through. We try again on Feb 3, 2099.')
      .and.not.include('We will charge');
  });

  async function markPending(invoiceId: string): Promise<void> {
    const id = newId();
    await sql(
      portal,
      `insert into payments (tenant_id, id, billing_account_id, amount_cents, currency, channel, status, received_on)
       select tenant_id, $2, billing_account_id, total_cents, currency, 'other', 'processing', issued_on
       from invoices where id = $1`,
      [invoiceId, id],
    );
    await sql(portal, `update invoices set status = 'pending', pending_payment_id = $2 where id = $1`, [
      invoiceId,
      id,
    ]);
  }

  it('says that a refused or expired card needs attention, and announces no charge to a refused one', async () => {
    for (const card of [{ status: 'needs_attention' }, { exp_year: 2020 }]) {
      const { own, addCard, turnOnAutopay } = await withGateway();
      const ada = await signedInCustomer(portal, own);
      const { account } = await new PersonRentals(portal, own, ada.person).issue(50_00n);
      await addCard(account.id, card);
      await turnOnAutopay(account.id);
      const { text } = await ada.visit('/account');
      expect(text).to.include('Needs attention');
      if (card.status) expect(text).to.not.include('We will charge');
    }
  });

  it('shows the amount, the next charge and the method of each context', async () => {
    const { own, addCard, turnOnAutopay } = await withGateway();
    const [one, other] = [await createCompany(portal, own), await createCompany(portal, own)];
    const ada = await signedInCustomer(portal, own, { companies: [one, other] });
    const { account } = await new TestRentals(portal, own, one).issue(11_00n);
    await addCard(account.id);
    await turnOnAutopay(account.id);
    const sections = (await ada.visit('/account')).findAll('section.context').map(({ text }) => text);
    const charged = sections.find((text) => text.includes(one.name))!;
    expect(charged).to.include('$11.00').and.include('to Visa ending 4242.').and.include('Pay now');
    const without = sections.find((text) => text.includes(other.name))!;
    expect(without).to.include('Nothing to pay').and.include('Not added yet');
  });

  it('shows the payments of each context to a customer with several, by the permissions there', async () => {
    const [one, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const ada = await signedInCustomer(portal, tenant, { company: one });
    await createMembership(portal, tenant, ada.person, { company: other, roles: ['unit_manager'] });
    await new TestRentals(portal, tenant, one).issue(11_00n);
    await new TestRentals(portal, tenant, other).issue(22_00n);
    const page = await ada.visit('/account');
    expect(page.text).to.include('$11.00').and.not.include('$22.00');
    expect((await ada.visit(`/account/companies/${one.id}`)).text).to.include('$11.00');
    expect((await ada.visit(`/account/companies/${other.id}`)).text).to.not.include('22.00');
  });

  it('shows their own account to a member of a company once they have an invoice of their own', async () => {
    const company = await createCompany(portal, tenant);
    const ada = await signedInCustomer(portal, tenant, { company });
    expect((await ada.visit('/account')).text).to.not.include('Your own account');
    const { label } = await new PersonRentals(portal, tenant, ada.person).issue(5_00n);
    const page = await ada.visit('/account');
    expect(page.text).to.include('Your own account').and.include('$5.00').and.include(company.name);
    expect((await ada.visit('/account/billing')).text).to.include(label);
  });

  it('shows all cards to a customer without a company', async () => {
    const ada = await signedInCustomer(portal, tenant);
    expect(cardsOf((await ada.visit('/account')).links)).to.deep.equal(cards);
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account');
  });

  it('redirects a session of another tenant to the login page', async () => {
    const other = await createTenant(portal);
    const foreign = await signedInCustomer(portal, other);
    const cookie = foreign.cookies.header({ isCrossSite: false });
    const response = await new Visitor(portal, tenant.account).get('/account', {
      headers: { Cookie: cookie },
    });
    expect(response.status).to.equal(303);
    expect(response.headers['location']).to.match(/^\/account\/login/);
  });
});
