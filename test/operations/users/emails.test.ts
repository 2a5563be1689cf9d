import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The emails to a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are those of this user only, with their states', async () => {
    const [ada, theo] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    expect((await manager.visit(`/users/${ada.id}/emails`)).text).to.include(
      'No email has been sent to them.',
    );
    for (const { id } of [ada, theo])
      await manager.postFrom(await manager.visit(`/users/${id}`), `/users/${id}/emails`, {
        template: 'resetPassword',
      });
    // Shows the messages.
    await manager.visit('/users');
    const page = await manager.visit(`/users/${ada.id}/emails`);
    expect(page.text).to.include(ada.email).and.not.include(theo.email);
    expect(page.text).to.include('Emails 1');
  });

  it('need the permission, and a user of the tenant', async () => {
    const ada = await createCustomer(portal, tenant);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(`/users/${ada.id}/emails`)).status).to.equal(403);
    expect((await driver.visit(`/users/${ada.id}`)).html).not.to.include(`/users/${ada.id}/emails"`);
    const foreign = await createCustomer(portal, await createTenant(portal));
    expect((await manager.get(`/users/${foreign.id}/emails`)).status).to.equal(404);
  });
});
