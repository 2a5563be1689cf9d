import { expect } from 'chai';
import { createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'three random words are long enough';

describe('Resetting a staff password', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const anonymous = () => new Visitor(portal, tenant.operations);

  const requestLink = async (email: string) => {
    const form = await anonymous().visit('/forgot-password');
    await form.submit('Send password reset email', { 'Email address': email });
    return portal.mailbox.next(email);
  };

  it('saves the new password once and accepts the new password at login', async () => {
    const staff = await createStaff(portal, tenant);
    const { link } = await requestLink(staff.email);
    const visitor = anonymous();
    const form = await visitor.openLink(link);
    expect(form.h1).to.equal('Create a new password');
    expect(form.url).to.match(/^\/reset-password\?link=[0-9a-f]{16}&again=1$/);
    const login = await form.submit('Save password', { 'New password': NEW_PASSWORD });
    expect(login.path).to.equal('/login');
    expect(login.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);
    expect((await visitor.visit(link)).status).to.equal(410);
    const page = await login.submit('Log in', { 'Email address': staff.email, Password: NEW_PASSWORD });
    expect(page.path).to.equal('/dashboard');
  });

  it('refuses a password of fewer than 15 characters and keeps the link', async () => {
    const staff = await createStaff(portal, tenant);
    const form = await anonymous().openLink((await requestLink(staff.email)).link);
    const short = await form.submit('Save password', { 'New password': 'fourteen chars' });
    expect(short.status).to.equal(422);
    expect(short.errors).to.deep.equal(['Password must be 15 characters or more']);
    expect((await short.submit('Save password', { 'New password': NEW_PASSWORD })).path).to.equal('/login');
  });

  it('shows "This link no longer works" for an unknown token', async () => {
    const page = await anonymous().visit('/reset-password?token=x');
    expect(page.status).to.equal(410);
    expect(page.h1).to.equal('This link no longer works');
    const again = await page.submit('Send me a new link', { username: 'unknown@x.example' });
    expect(again.h1).to.equal('Check your email');
  });

  it('asks to open the link again when the browser has no link', async () => {
    const page = await anonymous().visit('/reset-password');
    expect(page.status).to.equal(410);
    expect(page.h1).to.equal('Open the link in your email again');
    const again = await page.submit('Send me a new link', { username: 'unknown@x.example' });
    expect(again.h1).to.equal('Check your email');
  });

  it('returns 410 for a link of another purpose or tenant', async () => {
    const { link } = await requestLink((await createStaff(portal, tenant)).email);
    const { search } = new URL(link);
    expect((await anonymous().visit(`/set-password${search}`)).status).to.equal(410);
    const other = await createTenant(portal);
    expect((await new Visitor(portal, other.operations).visit(`/reset-password${search}`)).status).to.equal(
      410,
    );
    expect((await anonymous().visit(link)).status).to.equal(200);
  });
});
