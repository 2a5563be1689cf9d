import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';

import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The payment details of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are a tab that says when nothing is stored', async () => {
    const { id } = await createCustomer(portal, tenant);
    const page = await (await manager.visit(`/users/${id}`)).follow('Payment details 0');
    expect([page.path, page.text.includes('No payment details yet')]).to.eql([
      `/users/${id}/payment-details`,
      true,
    ]);
  });

  it('are hidden without the permission, and not found for a user of another tenant', async () => {
    const { id } = await createCustomer(portal, tenant);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/users/${id}`)).links.join()).to.not.include('Payment details');
    expect((await driver.get(`/users/${id}/payment-details`)).status).to.equal(403);
    const foreign = await createCustomer(portal, await createTenant(portal));
    expect((await manager.get(`/users/${foreign.id}/payment-details`)).status).to.equal(404);
  });
});
