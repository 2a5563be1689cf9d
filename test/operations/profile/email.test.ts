import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCustomer, createStaff, signIn, type TestTenant } from '../../support/factories.ts';
import { startOperations } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe("Changing one's own email address as staff", () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    ({ portal, tenant } = await startOperations());
  });

  it('changes the address when the new one is confirmed with the mailed link', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const here = await signIn(portal, tenant.operations, dan);
    const form = await (await here.visit('/profile')).follow('Change email');
    const wrong = await form.submit('Change email', {
      'New email address': 'dan.new@example.com',
      'Current password': 'not it',
    });
    expect(wrong.errors).to.deep.equal(['Your current password is incorrect']);
    const asked = await form.submit('Change email', {
      'New email address': 'dan.new@example.com',
      'Current password': dan.password,
    });
    expect(asked.path).to.equal('/profile');
    expect(asked.text).to.include('Open the link that we sent to dan.new@example.com to confirm it.');
    await portal.runMail();
    expect((await portal.mailbox.next(dan.email)).text).to.include('dan.new@example.com');
    const { link } = await portal.mailbox.next('dan.new@example.com');
    expect(link).to.include(`http://${tenant.operations}/verify-email?token=`);
    // The browser sends no strict cookie with the request of a link in a mail.
    const confirm = await here.openLink(link);
    const done = await confirm.submit('Confirm email address');
    expect([done.path, done.flashes]).to.deep.equal([
      '/profile',
      ['Your email address dan.new@example.com is verified.'],
    ]);
    expect((await userRow(portal, dan.id))['email']).to.equal('dan.new@example.com');
    expect(await findEventNamesOf(portal, dan.id)).to.include.members([
      'user.email_change_requested',
      'user.email_changed',
    ]);
  });

  it('can be cancelled', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const here = await signIn(portal, tenant.operations, dan);
    const form = await here.visit('/profile/email');
    const asked = await form.submit('Change email', {
      'New email address': 'never@example.com',
      'Current password': dan.password,
    });
    const cancelled = await asked.submit('Cancel');
    expect(cancelled.flashes).to.deep.equal([`Your email address is ${dan.email}.`]);
    expect((await userRow(portal, dan.id))['pending_email']).to.equal(null);
  });

  it('does not open the link of a customer', async () => {
    const ada = await createCustomer(portal, tenant, { email_verified_at: null });
    const visitor = await signIn(portal, tenant.account, ada);
    await portal.owner.query('update users set email_verified_at = null where id = $1', [ada.id]);
    await (await visitor.visit('/account/profile')).submit('Verify it now');
    await portal.runMail();
    const { link } = await portal.mailbox.next(ada.email);
    const path = new URL(link).search;
    const page = await new Visitor(portal, tenant.operations).visit(`/verify-email${path}`);
    expect(page.status).to.equal(410);
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/profile/email')).path).to.equal('/login');
  });
});
