import { expect } from 'chai';
import {
  changeTenant,
  createCompany,
  createCustomer,
  createTenant,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { userRow } from '../support/rows.ts';
import { findEventNamesOf, findEventsOf } from '../support/audit.ts';

const NEW = 'three random words';

describe('Reset password', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);

  const ask = async (visitor: Visitor, address: string) => {
    const login = await visitor.visit('/account/login');
    const forgot = await login.follow('Forgot password?');
    return forgot.submit('Send password reset email', { 'Email address': address });
  };

  it('sets the first password of a customer, whose address is verified at the first login', async () => {
    const ada = await createCustomer(portal, tenant, { password: null, first_name: 'Ada' });
    const visitor = anonymous();
    const sent = await ask(visitor, ada.email);
    expect(sent.path).to.equal('/account/forgot-password/sent');
    expect(sent.h1).to.equal('Check your email');
    expect(sent.text).to.include(`If an account exists for ${ada.email}, we have sent a link.`);

    const mail = await portal.mailbox.next(ada.email);
    expect(mail.subject).to.equal('Reset your Acme Storage password');
    const page = await visitor.visit(mail.link);
    expect(page.path).to.equal('/account/reset-password');
    expect(page.url).to.not.include('token');
    expect(page.h1).to.equal('Create a new password');
    const login = await page.submit('Save password', {
      'New password': NEW,
      'I agree to the Terms and Conditions': true,
    });
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);

    const account = await login.submit('Log in', { 'Email address': ada.email, Password: NEW });
    expect(account.h1).to.equal('Hello, Ada');
    expect(account.flashes).to.deep.equal(['Your email address is verified.']);
    for (const card of ['Payment details', 'Units', 'Billing history'])
      expect(account.links, card).to.include(card);
    expect(await findEventNamesOf(portal, ada.id)).to.deep.equal([
      'user.terms_accepted',
      'user.password_set',
      'user.logged_in',
      'user.email_verified',
    ]);
    const actors = (await findEventsOf(portal, ada.id)).map(({ actor_name }) => actor_name);
    expect(new Set(actors)).to.deep.equal(new Set([ada.name]));
  });

  it('does not ask again for agreement to the terms, revokes every session and sends an email', async () => {
    const ada = await createCustomer(portal, tenant);
    const elsewhere = await signIn(portal, tenant.account, ada);
    await ask(anonymous(), ada.email);
    const visitor = anonymous();
    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    expect(page.find('[name="accept_terms"]')).to.equal(null);
    const login = await page.submit('Save password', { 'New password': NEW });
    expect(login.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);
    const again = await page.submit('Save password', { 'New password': NEW });
    expect([again.path, again.flashes]).to.deep.equal([login.path, login.flashes]);
    expect((await portal.mailbox.next(ada.email)).subject).to.equal('Your Acme Storage password was changed');
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    expect((await userRow(portal, ada.id))['email_verified_at']).to.not.equal(null);
  });

  it('keeps the link when the new password is invalid and shows the reason', async () => {
    await changeTenant(portal, tenant, { password_min_length: 14 });
    const company = await createCompany(portal, tenant, { name: 'Northgate Distribution' });
    const ada = await createCustomer(portal, tenant, {
      password: null,
      email: 'lovelace@example.com',
      company,
    });
    const visitor = anonymous();
    await ask(visitor, ada.email);
    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    const short = await page.submit('Save password', { 'New password': 'too short' });
    expect(short.status).to.equal(422);
    expect(short.errors).to.deep.equal([
      'Password must be 14 characters or more',
      'Agree to the Terms and Conditions to continue',
    ]);
    expect(short.html).to.not.include('too short');
    const reasons = {
      aaaaaaaaaaaaaaaa: 'made of common words or a simple pattern',
      passwordpassword1: 'on a list of common passwords',
      acmestorage2026: 'words from the name Acme Storage',
      lovelacelovelace1: 'words from your name or email address',
      northgate2026northgate: 'words from the name of your company',
    };
    for (const [password, reason] of Object.entries(reasons)) {
      const refused = await short.submit('Save password', { 'New password': password, accept_terms: true });
      expect(refused.errors, password).to.have.length(1);
      expect(refused.errors[0], password).to.match(/^Choose a password that is harder to guess\./);
      expect(refused.errors[0], password).to.include(reason);
    }
    const done = await short.submit('Save password', { 'New password': NEW, accept_terms: true });
    expect(done.path).to.equal('/account/login');
    await changeTenant(portal, tenant, { password_min_length: 12 });
  });

  it('shows the error page for an unknown token', async () => {
    const page = await anonymous().visit('/account/reset-password?token=unknown');
    expect(page.status).to.equal(410);
    expect(page.buttons).to.not.include('Save password');
  });
});
