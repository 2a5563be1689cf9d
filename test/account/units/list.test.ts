import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Units', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function inRole(role: string) {
    const company = await createCompany(portal, tenant);
    const visitor = await signedInCustomer(portal, tenant, { company, roles: [role] });
    return { visitor, rentals: new TestRentals(portal, tenant, company) };
  }

  it('explains that there are no units yet', async () => {
    const page = await (await inRole('unit_manager')).visitor.visit('/account/units');
    expect(page.text).to.include('You have no units yet.');
  });

  it('lists the units of a person with site, since, price and status', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const id = await moveIn(rentals, '2026-10-15', { unit_id: (await rentals.unit('A7')).id });
    const page = await ada.visit('/account/units');
    expect(page.path).to.equal('/account/units');
    for (const text of ['A7', 'Site of A7', 'Oct 15, 2026', '$100.00', 'Price per month', 'Active'])
      expect(page.text).to.include(text);
    expect(page.href('A7')).to.equal(`/account/units/${id}`);
  });

  it('lists the units of a company without prices to a role that sees no invoices', async () => {
    const { visitor, rentals } = await inRole('unit_manager');
    await moveIn(rentals, '2026-10-15', { unit_id: (await rentals.unit('B7')).id });
    const page = await visitor.visit('/account/units');
    expect(page.path).to.equal(`/account/companies/${rentals.company.id}/units`);
    expect(page.text).to.include('B7').and.not.include('100.00').and.not.include('Price');
  });

  it('shows the last day after notice, and lists a unit that was left as a former unit', async () => {
    const { visitor, rentals } = await inRole('company_admin');
    const leaving = await moveIn(rentals, '2026-10-01', { unit_id: (await rentals.unit('L1')).id });
    await rentals.notice('2026-10-20', leaving, '2026-12-31');
    const left = await moveIn(rentals, '2026-08-01', { unit_id: (await rentals.unit('L2')).id });
    await rentals.notice('2026-08-02', left, '2026-08-31');
    await rentals.complete('2026-08-31', left);
    const page = await visitor.visit('/account/units');
    expect(page.text).to.include('Notice given until Dec 31, 2026');
    const [current, former] = page.findAll('section').map((section) => section.text);
    expect(current).to.include('L1').and.not.include('L2');
    expect(former).to.include('Former units').and.include('L2').and.include('Ended');
  });

  it('lists no unit of another person or company', async () => {
    const { rentals } = await inRole('company_admin');
    await moveIn(rentals, '2026-10-15', { unit_id: (await rentals.unit('X9')).id });
    for (const visitor of [await signedInCustomer(portal, tenant), (await inRole('company_admin')).visitor])
      expect((await visitor.visit('/account/units')).text).to.include('You have no units yet.');
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const ada = await signedInCustomer(portal, tenant, { locale: 'ar' });
    await moveIn(new PersonRentals(portal, tenant, ada.person), '2026-10-15');
    const page = await ada.visit('/account/units');
    expect(page.h1).to.equal('الوحدات');
    expect(page.text).to.include('السعر شهريًا').and.include('نشط');
  });

  it('responds with 403 and the missing permission to a role without access', async () => {
    const page = await (await inRole('accounts_payable')).visitor.visit('/account/units');
    expect(page.status).to.equal(403);
    expect(page.text).to.include('Ask a Company Admin for a role with this permission: See units.');
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/units');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/units');
  });
});
