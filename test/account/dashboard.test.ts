import { expect } from 'chai';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import { moveIn, PersonRentals, today } from '../support/own-rentals.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { TestRentals } from '../support/rentals.ts';
import { Visitor } from '../support/visitor.ts';

const cards = ['Payment details', 'Units', 'Billing history'];

describe('Dashboard', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

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
