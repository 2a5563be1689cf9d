import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Units', () => {
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

  it('explains that there are no units yet', async () => {
    const page = await (await inRole('unit_manager')).visit('/account/units');
    expect(page.text).to.include('You have no units yet.');
  });

  it('responds with 403 and the missing permission to a role without access', async () => {
    const page = await (await inRole('accounts_payable')).visit('/account/units');
    expect(page.status).to.equal(403);
    expect(page.text).to.include('Ask a Company Admin for a role with this permission: See units.');
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/units');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/units');
  });
});
