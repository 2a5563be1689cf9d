import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { auditedEvents, receiveEmail, userRow } from '../support/rows.ts';

describe('Confirming an email address', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

  const stranger = () => new Visitor(portal, tenant.account);

  /** Knows a password that no mailed link was needed for. */
  async function unverified(): Promise<TestPerson> {
    const person = await createCustomer(portal, tenant, { email_verified_at: null });
    await portal.owner.query('update users set is_email_proven = false where id = $1', [person.id]);
    return person;
  }

  it('begins with a button on the start page and ends with one behind the mailed link', async () => {
    const ada = await unverified();
    const visitor = await signIn(portal, tenant.account, ada);
    const account = await visitor.visit('/account');
    expect(account.text).to.include('Your email is not verified yet.');
    const asked = await account.submit('Verify it now');
    expect(asked.path).to.equal('/account');
    expect(asked.flashes[0]).to.equal(`We have sent a link to ${ada.email}.`);

    const page = await visitor.visit((await portal.mailbox.next(ada.email)).link);
    expect(page.h1).to.equal('Confirm your email address');
    expect((await userRow(portal, ada.id))['email_verified_at']).to.equal(null);
    const profile = await page.submit('Confirm email address');
    expect(profile.path).to.equal('/account/profile');
    expect(profile.flashes).to.deep.equal([`Your email address ${ada.email} is confirmed.`]);
    expect(profile.badges).to.deep.equal(['Verified']);
    expect(await auditedEvents(portal, ada.id)).to.deep.equal([
      'user.logged_in',
      'user.email_verification_requested',
      'user.email_verified',
    ]);
  });

  it('works in a browser where nobody is logged in, which stays so', async () => {
    const ada = await unverified();
    const mail = await receiveEmail(portal, tenant, ada, 'verifyEmail');
    const visitor = stranger();
    const login = await (await visitor.visit(mail.link)).submit('Confirm email address');
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal([`Your email address ${ada.email} is confirmed.`]);
    expect((await userRow(portal, ada.id))['email_verified_at']).to.not.equal(null);
  });

  it('is done by the button alone, once, however often the page is looked at', async () => {
    const ada = await unverified();
    const mail = await receiveEmail(portal, tenant, ada, 'verifyEmail');
    for (let looks = 0; looks < 50; looks += 1) await stranger().visit(mail.link);
    expect((await userRow(portal, ada.id))['email_verified_at']).to.equal(null);
    const visitors = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const visitor = stranger();
        return { visitor, page: await visitor.visit(mail.link) };
      }),
    );
    const answers = await Promise.all(
      visitors.map(({ visitor, page }) => visitor.postFrom(page, '/account/verify-email')),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(19);
  });

  it('sends one mail every few minutes, and says so kindly', async () => {
    const ada = await unverified();
    const visitor = await signIn(portal, tenant.account, ada);
    const page = await (await visitor.visit('/account')).submit('Verify it now');
    const again = await page.submit('Verify it now');
    expect(again.flashes[0]).to.equal(
      `We have just sent a link to ${ada.email}. If it is not there in 3 minutes, ask again.`,
    );
    const clicks = Array.from({ length: 5 }, () => visitor.postFrom(again, '/account/verify-email/requests'));
    await Promise.all(clicks);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.email)).to.have.length(1);
  });

  it('has nothing to ask of who is verified', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const account = await ada.visit('/account');
    expect(account.buttons).to.not.include('Verify it now');
    await ada.postFrom(account, '/account/verify-email/requests');
    expect((await ada.visit('/account')).flashes).to.deep.equal(['Your email address is verified.']);
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === ada.person.email)).to.deep.equal([]);
  });

  it('leads back to a page of ours only', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account');
    const answer = await ada.postFrom(page, '/account/verify-email/requests', { back: '//evil.example' });
    expect(answer.headers['location']).to.equal('/account');
  });

  it('is asked for by who is logged in', async () => {
    const page = await stranger().visit('/account/login');
    const visitor = stranger();
    const answer = await visitor.postFrom(
      await visitor.visit('/account/login'),
      '/account/verify-email/requests',
    );
    expect(answer.headers['location']).to.equal('/account/login');
    expect(page.status).to.equal(200);
  });
});
