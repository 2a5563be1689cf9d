import { expect } from 'chai';
import { createTenant, signedInStaff } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('The current tenant', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  it('is read again for a logged-in user after another process has changed it', async () => {
    const tenant = await createTenant(portal, { name: 'Old name' });
    const staff = await signedInStaff(portal, tenant);
    const anonymous = new Visitor(portal, tenant.account);
    expect((await staff.visit('/users')).title).to.include('Old name');
    expect((await anonymous.visit('/account/login')).title).to.include('Old name');

    await portal.owner.query("update tenants set name = 'New name', version = version + 1 where id = $1", [
      tenant.id,
    ]);
    expect((await staff.visit('/users')).title).to.include('New name');
    expect((await anonymous.visit('/account/login')).title).to.include('New name');
  });
});
