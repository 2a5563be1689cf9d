import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { receiveEmail, userRow } from '../support/rows.ts';
import { findEventNamesOf } from '../support/audit.ts';

describe('Verify email', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);

  /** A user with a password who has never opened a mailed link. */
  async function createUnverified(): Promise<TestPerson> {
    const person = await createCustomer(portal, tenant, { email_verified_at: null });
    await portal.owner.query('update users set is_email_proven = false where id = $1', [person.id]);
    return person;
  }

  it('verifies the address through the button on the dashboard and the mailed link', async () => {
    const ada = await createUnverified();
    const visitor = await signIn(portal, tenant.account, ada);
    const account = await visitor.visit('/account');
    expect(account.text).to.include('Your email is not verified yet.');
    const requested = await account.submit('Verify it now');
    expect(requested.path).to.equal('/account');
    expect(requested.flashes[0]).to.equal(`We have sent a link to ${ada.email}.`);

    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    expect(page.h1).to.equal('Confirm your email address');
    expect((await userRow(portal, ada.id))['email_verified_at']).to.equal(null);
    const profile = await page.submit('Confirm email address');
    expect(profile.path).to.equal('/account/profile');
    expect(profile.flashes).to.deep.equal([`Your email address ${ada.email} is verified.`]);
    expect(profile.badges).to.deep.equal(['Verified']);
    expect(await findEventNamesOf(portal, ada.id)).to.deep.equal([
      'user.logged_in',
      'user.email_verification_requested',
      'user.email_verified',
    ]);
  });

  it('verifies the address without logging in an anonymous user', async () => {
    const ada = await createUnverified();
    const mail = await receiveEmail(portal, tenant, ada, 'verifyEmail');
    const visitor = anonymous();
    const login = await (await visitor.visit(mail.link)).submit('Confirm email address');
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal([`Your email address ${ada.email} is verified.`]);
    expect((await userRow(portal, ada.id))['email_verified_at']).to.not.equal(null);
  });

  it('consumes the link once, and only through the button', async () => {
    const ada = await createUnverified();
    const mail = await receiveEmail(portal, tenant, ada, 'verifyEmail');
    for (let visit = 0; visit < 50; visit += 1) await anonymous().visit(mail.link);
    expect((await userRow(portal, ada.id))['email_verified_at']).to.equal(null);
    const visitors = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const visitor = anonymous();
        return { visitor, page: await visitor.visit(mail.link) };
      }),
    );
    const responses = await Promise.all(
      visitors.map(({ visitor, page }) => visitor.postFrom(page, '/account/verify-email')),
    );
    expect(responses.filter(({ status }) => status === 303)).to.have.length(1);
    expect(responses.filter(({ status }) => status === 410)).to.have.length(19);
  });

  it('sends at most one email in three minutes and explains the wait', async () => {
    const ada = await createUnverified();
    const visitor = await signIn(portal, tenant.account, ada);
    const page = await (await visitor.visit('/account')).submit('Verify it now');
    const again = await page.submit('Verify it now');
    expect(again.flashes[0]).to.equal(
      `We have already sent a link to ${ada.email}. You can request another after 3 minutes.`,
    );
    const clicks = Array.from({ length: 5 }, () => visitor.postFrom(again, '/account/verify-email/requests'));
    await Promise.all(clicks);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.email)).to.have.length(1);
  });

  it('offers no button to verified customers and sends them no email', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const account = await ada.visit('/account');
    expect(account.buttons).to.not.include('Verify it now');
    await ada.postFrom(account, '/account/verify-email/requests');
    expect((await ada.visit('/account')).flashes).to.deep.equal(['Your email address is verified.']);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.person.email)).to.deep.equal([]);
  });

  it('redirects back only to a path of the same host', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account');
    const response = await ada.postFrom(page, '/account/verify-email/requests', { back: '//evil.example' });
    expect(response.headers['location']).to.equal('/account');
  });

  it('redirects anonymous users who request a link to the login page', async () => {
    const page = await anonymous().visit('/account/login');
    const visitor = anonymous();
    const response = await visitor.postFrom(
      await visitor.visit('/account/login'),
      '/account/verify-email/requests',
    );
    expect(response.headers['location']).to.equal('/account/login');
    expect(page.status).to.equal(200);
  });
});
