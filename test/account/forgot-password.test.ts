import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import { createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Forgot password', () => {
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

  it('shows an internationalised domain in Unicode on the confirmation page', async () => {
    const sent = await ask(anonymous(), ' Grace@MÜLLER.example ');
    expect(sent.text).to.include('If an account exists for grace@müller.example, we have sent a link.');
  });

  it('shows the same page for an unknown address and sends no email', async () => {
    const ada = await createCustomer(portal, tenant);
    const known = await ask(anonymous(), ada.email);
    const unknown = await ask(anonymous(), 'x'.repeat(ada.email.length - 12) + '@example.com');
    expect(unknown.status).to.equal(known.status);
    const plain = (page: typeof known) => page.text.replaceAll(/\S+@example\.com/g, '…');
    expect(plain(unknown)).to.equal(plain(known));
    const { 'x-request-id': _a, date: _b, 'set-cookie': _c, ...knownHeaders } = known.headers;
    const { 'x-request-id': _d, date: _e, 'set-cookie': _f, ...unknownHeaders } = unknown.headers;
    expect(unknownHeaders).to.deep.equal(knownHeaders);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to.startsWith('xxx'))).to.deep.equal([]);
  });

  it('shows an error for an invalid address and refuses several addresses', async () => {
    for (const typed of ['', 'invalid', 'a@b.example, c@d.example', 'a@b']) {
      const refused = await ask(anonymous(), typed);
      expect(refused.status, typed).to.equal(422);
      expect(refused.errors, typed).to.deep.equal([
        typed
          ? 'Enter an email address in the correct format, like name@example.com'
          : 'Enter your email address',
      ]);
    }
    const visitor = anonymous();
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

  it('sends the email again, at most three times an hour', async () => {
    const ada = await createCustomer(portal, tenant);
    let sent = await ask(anonymous(), ada.email);
    for (let times = 0; times < 4; times += 1) sent = await sent.submit('Send it again');
    expect(sent.path).to.equal('/account/forgot-password/sent');
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.email)).to.have.length(3);
  });

  it('shows the confirmation page without the address after its cookie has expired', async () => {
    const sent = await anonymous().visit('/account/forgot-password/sent');
    expect(sent.text).to.include('If an account exists for the address you entered, we have sent a link.');
    expect(sent.buttons).to.not.include('Send it again');
  });

  it('records the request in the audit log for known and unknown addresses', async () => {
    const other = await createTenant(portal);
    const ada = await createCustomer(portal, other);
    for (const [index, address] of [ada.email, 'unknown@example.com'].entries()) {
      await ask(new Visitor(portal, other.account), address);
      const events = await findAuditEvents(portal, other, 'user.password_reset_requested');
      expect(events).to.have.length(index + 1);
    }
  });
});
