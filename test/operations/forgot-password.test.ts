import { expect } from 'chai';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Forgot password? of the operations portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const anonymous = () => new Visitor(portal, tenant.operations);

  it('sends staff a reset link', async () => {
    const staff = await createStaff(portal, tenant);
    const form = await (await anonymous().visit('/login')).follow('Forgot password?');
    const sent = await form.submit('Send password reset email', { 'Email address': staff.email });
    expect(sent.path).to.equal('/forgot-password/sent');
    expect(sent.h1).to.equal('Check your email');
    expect(sent.text).to.include(staff.email);
    const { link } = await portal.mailbox.next(staff.email);
    expect(link).to.include(`http://${tenant.operations}/reset-password?token=`);
  });

  it('shows customers and unknown addresses the same page and sends nothing', async () => {
    const customer = await createCustomer(portal, tenant);
    const pages = [];
    for (const email of [customer.email, 'unknown@x.example']) {
      const form = await anonymous().visit('/forgot-password');
      pages.push(await form.submit('Send password reset email', { username: email }));
    }
    await portal.runMail();
    expect(portal.mailbox.messages.filter(({ to }) => to === customer.email)).to.deep.equal([]);
    const [known, unknown] = pages.map((page) => page.text.replace(/\S+@\S+?(?=,)/, 'address'));
    expect(known).to.equal(unknown);
  });

  it('refuses an invalid address and keeps the value', async () => {
    const form = await anonymous().visit('/forgot-password');
    const page = await form.submit('Send password reset email', { username: 'unknown' });
    expect(page.status).to.equal(422);
    expect(page.errors).to.deep.equal([
      'Enter an email address in the correct format, like name@example.com',
    ]);
    expect(page.form('Send password reset email').values()).to.deep.include({ username: 'unknown' });
  });

  it('shows no address on the confirmation page without the notice cookie', async () => {
    const page = await anonymous().visit('/forgot-password/sent');
    expect(page.text).to.include('If an account exists for the address you entered');
  });
});
