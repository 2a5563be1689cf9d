import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The emails for a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are those of this company, to each of its customers', async () => {
    const [works, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const path = `/customers/companies/${works.id}`;
    expect((await manager.visit(`${path}/emails`)).text).to.include(
      'No email has been sent for this company.',
    );
    for (const [company, name] of [
      [works, 'nia'],
      [other, 'ben'],
    ] as const) {
      const form = await manager.visit(`/customers/companies/${company.id}/customers/new`);
      await form.submit('Add', {
        Username: `${name}@emails.example`,
        Roles: ['Company Admin'],
        'Email template': 'accountInvitation',
      });
    }
    await manager.visit('/users');
    const page = await manager.visit(`${path}/emails`);
    expect(page.text).to.include('nia@emails.example').and.not.include('ben@emails.example');
    expect(page.text).to.include('Emails 1');
  });

  it('need the permission, and a company of the tenant', async () => {
    const works = await createCompany(portal, tenant);
    const path = `/customers/companies/${works.id}`;
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(`${path}/emails`)).status).to.equal(403);
    const foreign = await createCompany(portal, await createTenant(portal));
    expect((await manager.get(`/customers/companies/${foreign.id}/emails`)).status).to.equal(404);
    const { headers } = await new Visitor(portal, tenant.operations).get(`${path}/emails`);
    expect(headers['location']).to.include('/login');
  });
});
