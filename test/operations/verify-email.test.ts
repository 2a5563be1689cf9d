import { expect } from 'chai';
import { createStaff, signIn, type TestTenant } from '../support/factories.ts';
import { startOperations } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

describe('Verifying the email address of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    ({ portal, tenant } = await startOperations());
  });

  it('sends a link from the profile, which only its form consumes', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver', email_verified_at: null });
    const visitor = await signIn(portal, tenant.operations, dan);
    // The login verifies an address whose password was set through a mailed link.
    await portal.owner.query('update users set email_verified_at = null where id = $1', [dan.id]);
    const sent = await (await visitor.visit('/profile')).submit('Verify it now');
    expect(sent.path).to.equal('/profile');
    expect(sent.flashes).to.include(`We have sent a link to ${dan.email}.`);
    await portal.runMail();
    const { link } = await portal.mailbox.next(dan.email);
    const page = await new Visitor(portal, tenant.operations).openLink(link);
    expect((await userRow(portal, dan.id))['email_verified_at']).to.equal(null);
    const done = await page.submit('Confirm email address');
    expect(done.path).to.equal('/login');
    expect((await userRow(portal, dan.id))['email_verified_at']).to.not.equal(null);
  });

  it('shows the error page for an unknown token', async () => {
    const page = await new Visitor(portal, tenant.operations).visit('/verify-email?token=unknown');
    expect(page.status).to.equal(410);
  });
});
