import { expect } from 'chai';
import {
  changeTenant,
  createCompany,
  createCustomer,
  createTenant,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { auditedEvents, userRow } from '../support/rows.ts';

const NEW = 'three random words';

describe('Forgot password?', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

  const stranger = () => new Visitor(portal, tenant.account);

  const ask = async (visitor: Visitor, address: string) => {
    const login = await visitor.visit('/account/login');
    const forgot = await login.follow('Forgot password?');
    return forgot.submit('Send password reset email', { 'Email address': address });
  };

  it('shows an internationalised domain in its own letters on the confirmation page', async () => {
    const sent = await ask(stranger(), ' Grace@MÜLLER.example ');
    expect(sent.text).to.include('If an account exists for grace@müller.example, we have sent a link.');
  });

  it('lets somebody in whom staff created, and takes the address as verified at the first login', async () => {
    const ada = await createCustomer(portal, tenant, { password: null, first_name: 'Ada' });
    const visitor = stranger();
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
    expect(login.flashes).to.deep.equal(['Your password has been changed. Log in with your new password.']);

    const account = await login.submit('Log in', { 'Email address': ada.email, Password: NEW });
    expect(account.h1).to.equal('Hello, Ada');
    expect(account.flashes).to.deep.equal(['Your email address is verified.']);
    for (const card of ['Payment details', 'Units', 'Billing history'])
      expect(account.links, card).to.include(card);
    expect(await auditedEvents(portal, ada.id)).to.deep.equal([
      'user.terms_accepted',
      'user.password_set',
      'user.logged_in',
      'user.email_verified',
    ]);
  });

  it('asks for the terms only who has yet to agree, ends every other session and tells by mail', async () => {
    const ada = await createCustomer(portal, tenant);
    const elsewhere = await signIn(portal, tenant.account, ada);
    await ask(stranger(), ada.email);
    const visitor = stranger();
    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    expect(page.find('[name="accept_terms"]')).to.equal(null);
    await page.submit('Save password', { 'New password': NEW });
    expect((await portal.mailbox.next(ada.email)).subject).to.equal('Your Acme Storage password was changed');
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    expect((await userRow(portal, ada.id))['email_verified_at']).to.not.equal(null);
  });

  it('answers alike for an address that nobody has, and mails nobody', async () => {
    const ada = await createCustomer(portal, tenant);
    const known = await ask(stranger(), ada.email);
    const unknown = await ask(stranger(), 'x'.repeat(ada.email.length - 12) + '@example.com');
    expect(unknown.status).to.equal(known.status);
    const plain = (page: typeof known) => page.text.replaceAll(/\S+@example\.com/g, '…');
    expect(plain(unknown)).to.equal(plain(known));
    const { 'x-request-id': _a, date: _b, 'set-cookie': _c, ...knownHeaders } = known.headers;
    const { 'x-request-id': _d, date: _e, 'set-cookie': _f, ...unknownHeaders } = unknown.headers;
    expect(unknownHeaders).to.deep.equal(knownHeaders);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to.startsWith('xxx'))).to.deep.equal([]);
  });

  it('takes one address only, and says what is wrong with another', async () => {
    for (const typed of ['', 'nobody', 'a@b.example, c@d.example', 'a@b']) {
      const refused = await ask(stranger(), typed);
      expect(refused.status, typed).to.equal(422);
      expect(refused.errors, typed).to.deep.equal([
        typed
          ? 'Enter an email address in the correct format, like name@example.com'
          : 'Enter your email address',
      ]);
    }
    const visitor = stranger();
    const page = await visitor.visit('/account/forgot-password');
    const broken = await visitor.postFrom(page, '/account/forgot-password', {
      username: 'a@b.example\r\nBcc: c@d.example',
    });
    expect(broken.status).to.equal(422);
    const twice = await visitor.postFrom(page, '/account/forgot-password', {
      username: ['a@b.example', 'c@d.example'],
    });
    expect(twice.status).to.equal(400);
  });

  it('keeps the link when the new password is refused, and says why', async () => {
    await changeTenant(portal, tenant, { password_min_length: 14 });
    const company = await createCompany(portal, tenant, { name: 'Northgate Distribution' });
    const ada = await createCustomer(portal, tenant, {
      password: null,
      email: 'lovelace@example.com',
      company,
    });
    const visitor = stranger();
    await ask(visitor, ada.email);
    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    const short = await page.submit('Save password', { 'New password': 'too short' });
    expect(short.status).to.equal(422);
    expect(short.errors).to.deep.equal([
      'Password must be 14 characters or more',
      'Agree to the Terms and Conditions to continue',
    ]);
    expect(short.html).to.not.include('too short');
    const guessable = 'Choose a password that is harder to guess. This one is on a list of common passwords';
    for (const password of [
      'aaaaaaaaaaaaaaaa',
      'acmestorage2026',
      'lovelacelovelace1',
      'northgate2026northgate',
    ]) {
      const refused = await short.submit('Save password', { 'New password': password, accept_terms: true });
      expect(refused.errors, password).to.deep.equal([guessable]);
    }
    const done = await short.submit('Save password', { 'New password': NEW, accept_terms: true });
    expect(done.path).to.equal('/account/login');
    await changeTenant(portal, tenant, { password_min_length: 12 });
  });

  it('offers to send it again, and sends three mails an hour at most', async () => {
    const ada = await createCustomer(portal, tenant);
    let sent = await ask(stranger(), ada.email);
    for (let times = 0; times < 4; times += 1) sent = await sent.submit('Send it again');
    expect(sent.path).to.equal('/account/forgot-password/sent');
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.email)).to.have.length(3);
  });

  it('shows nothing of the address once the minute is over', async () => {
    const sent = await stranger().visit('/account/forgot-password/sent');
    expect(sent.text).to.include('If an account exists for the address you typed, we have sent a link.');
    expect(sent.buttons).to.not.include('Send it again');
  });
});
