import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createStaff, signIn, type TestTenant } from '../../support/factories.ts';
import { startOperations } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe("Changing one's own password as staff", () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    ({ portal, tenant } = await startOperations());
  });

  it('saves the password, revokes other sessions, and sends an email', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const here = await signIn(portal, tenant.operations, dan);
    const elsewhere = await signIn(portal, tenant.operations, dan);
    const page = await here.visit('/profile');
    const short = await page.submit('Change password', {
      'Current password': dan.password,
      'New password': 'fourteen chars',
    });
    expect(short.errors).to.deep.equal(['Password must be 15 characters or more']);
    const done = await page.submit('Change password', {
      'Current password': dan.password,
      'New password': 'three random words',
    });
    expect([done.path, done.flashes]).to.deep.equal([
      '/profile',
      ['Your password has been changed. All other devices have been logged out.'],
    ]);
    expect((await elsewhere.visit('/users')).path).to.equal('/login');
    expect((await portal.mailbox.next(dan.email)).subject).to.include('password was changed');
    expect(await findEventNamesOf(portal, dan.id)).to.include('user.password_changed');
  });

  it('refuses a wrong current password', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const visitor = await signIn(portal, tenant.operations, dan);
    const page = await visitor.visit('/profile');
    const wrong = await page.submit('Change password', {
      'Current password': 'not it',
      'New password': 'three random words',
    });
    expect([wrong.status, wrong.errors]).to.deep.equal([422, ['Your current password is incorrect']]);
  });

  it('redirects the well-known URL, and anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.operations);
    const response = await visitor.get('/.well-known/change-password');
    expect(response.headers['location']).to.equal('/profile#password');
    const post = await visitor.postFrom(await visitor.visit('/login'), '/profile/password');
    expect([post.status, post.headers['location']]).to.deep.equal([303, '/login']);
  });
});
