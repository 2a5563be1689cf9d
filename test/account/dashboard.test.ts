import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const cards = ['Payment details', 'Units', 'Billing history'];

describe('The account', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

  async function inRole(role: string) {
    const company = await createCompany(portal, tenant);
    return signedInCustomer(portal, tenant, { company, roles: [role] });
  }
  const cardsOf = (links: string[]) => cards.filter((card) => links.includes(card));

  it('greets by first name, names the companies and offers the three cards', async () => {
    const companies = [
      await createCompany(portal, tenant, { name: 'Beta Ltd' }),
      await createCompany(portal, tenant, { name: 'Alpha & Söhne' }),
    ];
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', companies });
    const page = await ada.visit('/account');
    expect(page.h1).to.equal('Hello, Ada');
    expect(page.text).to.include('Alpha & Söhne · Beta Ltd');
    expect(cardsOf(page.links)).to.deep.equal(cards);
  });

  it('greets nobody by a name they have not', async () => {
    const nameless = await signedInCustomer(portal, tenant, { first_name: null, last_name: null });
    const page = await nameless.visit('/account');
    expect(page.h1).to.equal('Your account');
    expect(page.text).to.include(nameless.person.email);
  });

  it('offers each card only to who may open it', async () => {
    const offered: Record<string, string[]> = {
      company_admin: cards,
      accounts_payable: ['Payment details', 'Billing history'],
      unit_manager: ['Units'],
      view_only: ['Units', 'Billing history'],
      orders: [],
    };
    for (const [role, expected] of Object.entries(offered)) {
      const page = await (await inRole(role)).visit('/account');
      expect(cardsOf(page.links), role).to.deep.equal(expected);
    }
  });

  it('says so where a role opens nothing yet', async () => {
    const page = await (await inRole('orders')).visit('/account');
    expect(page.text).to.include('Nothing here for your role yet');
  });

  it('opens to who stands for themselves, without any company', async () => {
    const ada = await signedInCustomer(portal, tenant);
    expect(cardsOf((await ada.visit('/account')).links)).to.deep.equal(cards);
  });

  describe('Billing', () => {
    it('says what will be there, without buttons that do nothing', async () => {
      const page = await (await inRole('accounts_payable')).visit('/account/billing');
      expect(page.h1).to.equal('Billing');
      for (const words of ['Payment details', 'No payment details yet', 'Billing history', 'No invoices yet'])
        expect(page.text).to.include(words);
      expect(page.buttons).to.deep.equal(['Log out']);
    });

    it('shows the history alone to who may not see payment details', async () => {
      const page = await (await inRole('view_only')).visit('/account/billing');
      expect(page.text).to.include('Billing history').and.not.include('Payment details');
    });

    it('is closed, in plain words, to who may see neither', async () => {
      const page = await (await inRole('unit_manager')).visit('/account/billing');
      expect(page.status).to.equal(403);
      expect(page.h1).to.equal('You do not have access to this page');
      expect(page.text).to.include('Ask an Admin for a role with this permission: See billing history.');
    });
  });

  describe('Units', () => {
    it('says that there are none yet', async () => {
      const page = await (await inRole('unit_manager')).visit('/account/units');
      expect(page.text).to.include('You have no units yet.');
    });

    it('is closed, in plain words, to who may not see units', async () => {
      const page = await (await inRole('accounts_payable')).visit('/account/units');
      expect(page.status).to.equal(403);
      expect(page.text).to.include('Ask an Admin for a role with this permission: See units.');
    });
  });

  it('is open to nobody who is not logged in', async () => {
    for (const path of ['', '/billing', '/units', '/profile', '/profile/email', '/security']) {
      const login = await new Visitor(portal, tenant.account).visit(`/account${path}`);
      expect(login.path, path).to.equal('/account/login');
      expect(login.form('Log in').values()['next'], path).to.equal(`/account${path}`);
    }
  });

  it("is not opened by another tenant's session", async () => {
    const other = await createTenant(portal);
    const foreign = await signedInCustomer(portal, other);
    const cookie = foreign.cookies.header({ isCrossSite: false });
    const answer = await new Visitor(portal, tenant.account).get('/account', { headers: { Cookie: cookie } });
    expect(answer.status).to.equal(303);
    expect(answer.headers['location']).to.match(/^\/account\/login/);
  });
});
