import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken } from '../../src/domain/token/one-time-token.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'three random words are long enough';

describe('Setting the first password of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const anonymous = () => new Visitor(portal, tenant.operations);

  /** The link for the first Manager of a new tenant. */
  const mintLink = async () => {
    const { id, email } = tenant.manager;
    const { token } = await inTenant(portal.database, tenant.id, (db) =>
      mintToken(db, { user_id: id, purpose: 'set_password', sent_to: email }),
    );
    return { link: `http://${tenant.operations}/set-password?token=${token}`, email };
  };

  it('returns 410 for a link of another purpose or tenant', async () => {
    const { link } = await mintLink();
    const { search } = new URL(link);
    expect((await anonymous().visit(`/reset-password${search}`)).status).to.equal(410);
    const other = await createTenant(portal);
    expect((await new Visitor(portal, other.operations).visit(`/set-password${search}`)).status).to.equal(
      410,
    );
    expect((await anonymous().visit(link)).status).to.equal(200);
  });

  it('refuses a password of fewer than 15 characters', async () => {
    const form = await anonymous().openLink((await mintLink()).link);
    const page = await form.submit('Save password', { 'New password': 'fourteen chars' });
    expect(page.status).to.equal(422);
    expect(page.errors).to.deep.equal(['Password must be 15 characters or more']);
  });

  it('lets the first Manager save a password and log in', async () => {
    const { link, email } = await mintLink();
    const form = await anonymous().openLink(link);
    expect(form.h1).to.equal('Set your password');
    const login = await form.submit('Save password', { 'New password': NEW_PASSWORD });
    expect(login.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);
    const page = await login.submit('Log in', { 'Email address': email, Password: NEW_PASSWORD });
    expect(page.path).to.equal('/dashboard');
    expect((await anonymous().visit(link)).status).to.equal(410);
  });

  it('shows "This link no longer works" for an unknown token', async () => {
    const page = await anonymous().visit('/set-password?token=x');
    expect(page.status).to.equal(410);
    expect(page.h1).to.equal('This link no longer works');
    const again = await page.submit('Send me a new link', { username: 'unknown@x.example' });
    expect(again.h1).to.equal('Check your email');
  });

  it('asks to open the link again when the browser has no link', async () => {
    const page = await anonymous().visit('/set-password');
    expect(page.status).to.equal(410);
    expect(page.h1).to.equal('Open the link in your email again');
    const again = await page.submit('Send me a new link', { username: 'unknown@x.example' });
    expect(again.h1).to.equal('Check your email');
  });
});
