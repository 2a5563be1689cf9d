import { expect } from 'chai';
import { findEventNamesOf } from '../support/audit.ts';
import { createStaff, signIn, type TestTenant } from '../support/factories.ts';
import { startOperations } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('The security page of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    ({ portal, tenant } = await startOperations());
  });

  it('lists the devices of the user and logs out all others', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const there = await signIn(portal, tenant.operations, dan);
    const here = await signIn(portal, tenant.operations, dan, { address: '203.0.113.8' });
    const page = await (await here.visit('/users')).follow('Security');
    expect(page.path).to.equal('/security');
    expect(page.rows()).to.have.length(2);
    expect(page.rows()[0]).to.include('This device').and.include('203.0.113.8');
    const done = await page.submit('Log out other devices');
    expect([done.path, done.flashes]).to.deep.equal([
      '/security',
      ['All other devices have been logged out.'],
    ]);
    expect((await there.visit('/users')).path).to.equal('/login');
    expect(await findEventNamesOf(portal, dan.id)).to.include('user.logged_out_elsewhere');
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/security')).path).to.equal('/login');
  });
});
