import { expect } from 'chai';
import { createTenant, signedInStaff, signIn, type TestTenant } from '../support/factories.ts';
import { findEventsOf } from '../support/audit.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Logout from the operations portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('ends the login session and records the logout', async () => {
    const staff = await signedInStaff(portal, tenant);
    const page = await (await staff.visit('/users')).submit('Log out');
    expect(page.path).to.equal('/login');
    expect(page.flashes).to.deep.equal(['You have been logged out.']);
    expect((await staff.visit('/users')).path).to.equal('/login');
    const events = (await findEventsOf(portal, staff.person.id)).map(({ event }) => event);
    expect(events.at(-1)).to.equal('user.logged_out');
  });

  it('keeps other login sessions of the user', async () => {
    const staff = await signedInStaff(portal, tenant);
    const elsewhere = await signIn(portal, tenant.operations, staff.person);
    await (await staff.visit('/users')).submit('Log out');
    expect((await elsewhere.visit('/users')).path).to.equal('/users');
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.operations);
    const response = await visitor.postFrom(await visitor.visit('/login'), '/logout');
    expect(response.status).to.equal(303);
    expect(response.headers['location']).to.equal('/login');
  });
});
