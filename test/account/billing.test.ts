import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Billing', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  async function inRole(role: string) {
    const company = await createCompany(portal, tenant);
    return signedInCustomer(portal, tenant, { company, roles: [role] });
  }

  it('shows empty payment details and an empty billing history without action buttons', async () => {
    const page = await (await inRole('accounts_payable')).visit('/account/billing');
    expect(page.h1).to.equal('Billing');
    for (const words of ['Payment details', 'No payment details yet', 'Billing history', 'No invoices yet'])
      expect(page.text).to.include(words);
    expect(page.buttons).to.deep.equal(['Log out']);
  });

  it('shows only the billing history to a role without access to payment details', async () => {
    const page = await (await inRole('view_only')).visit('/account/billing');
    expect(page.text).to.include('Billing history').and.not.include('Payment details');
  });

  it('responds with 403 and the missing permission to a role without access', async () => {
    const page = await (await inRole('unit_manager')).visit('/account/billing');
    expect(page.status).to.equal(403);
    expect(page.h1).to.equal('You do not have access to this page');
    expect(page.text).to.include('Ask a Company Admin for a role with this permission: See billing history.');
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/billing');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/billing');
  });
});
