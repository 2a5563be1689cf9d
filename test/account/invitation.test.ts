import { expect } from 'chai';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInCustomer,
  type TestCompany,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { receiveEmail, userRow } from '../support/rows.ts';
import { findEventNamesOf } from '../support/audit.ts';

const NEW = 'three random words';
const accept = { 'New password': NEW, 'I agree to the Terms and Conditions': true };

describe('Invitation', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let company: TestCompany;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Northwind' });
    company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);

  async function invite() {
    const grace = await createCustomer(portal, tenant, { company, password: null, first_name: 'Grace' });
    const words = { inviter_name: 'Ada Lovelace', company_name: company.name };
    return { grace, mail: await receiveEmail(portal, tenant, grace, 'accountInvitation', words) };
  }

  it('cannot be used while the only company of the customer is blocked', async () => {
    const { mail } = await invite();
    const setStatus = (status: string) =>
      portal.owner.query('update companies set status = $2 where id = $1', [company.id, status]);
    await setStatus('blocked');
    expect((await anonymous().visit(mail.link)).status).to.equal(410);
    await setStatus('active');
    expect((await anonymous().visit(mail.link)).h1).to.equal('Welcome to Northwind');
  });

  it('sets the password, verifies the address and logs in with one form', async () => {
    const { grace, mail } = await invite();
    expect(mail.subject).to.equal('Ada Lovelace invites you to Northwind');
    const visitor = anonymous();
    const page = await visitor.visit(mail.link);
    expect(page.h1).to.equal('Welcome to Northwind');
    expect(page.text).to.include('Ada Lovelace has set up an account for you at Analytical Engines Ltd.');
    expect(page.text).to.include(`Your username is ${grace.email}.`);
    const account = await page.submit('Accept invitation', accept);
    expect(account.path).to.equal('/account');
    expect(account.h1).to.equal('Hello, Grace');
    expect(account.text).to.include('Analytical Engines Ltd').and.not.include('not verified');

    await portal.runMail();
    expect(portal.mailbox.messages.filter((each) => each.to === grace.email)).to.have.length(1);
    const row = await userRow(portal, grace.id);
    expect(row).to.deep.include({ access: 'active', access_expires_at: null });
    expect(row['email_verified_at']).to.not.equal(null);
    expect(row['last_login_at']).to.not.equal(null);
    expect(await findEventNamesOf(portal, grace.id)).to.deep.equal([
      'user.terms_accepted',
      'user.invitation_accepted',
      'user.logged_in',
    ]);
  });

  it('leads to the account when the form is submitted again after it has logged in', async () => {
    const { grace, mail } = await invite();
    const page = await anonymous().visit(mail.link);
    await page.submit('Accept invitation', accept);
    const before = await userRow(portal, grace.id);
    const expired = await page.submit('Accept invitation', accept);
    expect(expired.h1).to.equal('This form has expired');
    const account = await expired.submit('Submit again', { new_password: NEW });
    expect(account.path).to.equal('/account');
    expect(await userRow(portal, grace.id)).to.deep.equal(before);
  });

  it('starts a session that is revoked by logging out', async () => {
    const { mail } = await invite();
    const visitor = anonymous();
    const account = await (await visitor.visit(mail.link)).submit('Accept invitation', accept);
    await account.submit('Log out');
    expect((await visitor.visit('/account')).path).to.equal('/account/login');
  });

  it('sets the access to opened after the first submitted form, also when the form is invalid', async () => {
    const { grace, mail } = await invite();
    const page = await anonymous().visit(mail.link);
    expect((await userRow(portal, grace.id))['access']).to.equal('invited');
    const refused = await page.submit('Accept invitation', { 'New password': 'short' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal([
      'Password must be 12 characters or more',
      'Agree to the Terms and Conditions to continue',
    ]);
    expect(await userRow(portal, grace.id)).to.deep.include({ access: 'opened', password_hash: null });
    expect((await refused.submit('Accept invitation', accept)).path).to.equal('/account');
  });

  it('asks another logged-in customer to log out first and consumes nothing', async () => {
    const { grace, mail } = await invite();
    const ada = await signedInCustomer(portal, tenant, { company });
    const page = await ada.visit(mail.link);
    expect(page.text).to.include(
      `You are logged in as ${ada.person.email}. This invitation is for ${grace.email}.`,
    );
    const forced = await ada.postFrom(page, '/account/invitation', { new_password: NEW, accept_terms: '1' });
    expect(forced.status).to.equal(409);
    expect(await userRow(portal, grace.id)).to.deep.include({ access: 'invited', password_hash: null });

    const form = await page.submit('Log out and continue');
    expect(form.path).to.equal('/account/invitation');
    const account = await form.submit('Accept invitation', accept);
    expect(account.h1).to.equal('Hello, Grace');
  });

  it('changes nothing for a customer who has set a password by another link', async () => {
    const { grace, mail } = await invite();
    const reset = await receiveEmail(portal, tenant, grace, 'resetPassword');
    const page = await anonymous().visit(reset.link);
    await page.submit('Save password', { 'New password': 'some other words here', accept_terms: true });
    const hash = (await userRow(portal, grace.id))['password_hash'];

    const visitor = anonymous();
    const late = await visitor.visit(mail.link);
    expect(late.h1).to.equal('You already have an account');
    const forced = await visitor.postFrom(await visitor.visit('/account/login'), '/account/invitation', {
      link: new URL(late.url, visitor.origin).searchParams.get('link')!,
      new_password: NEW,
      accept_terms: '1',
    });
    expect(forced.status).to.equal(409);
    expect((await userRow(portal, grace.id))['password_hash']).to.equal(hash);
    expect((await late.follow('Log in')).path).to.equal('/account/login');
  });

  it('shows no inviter and no company when the email named neither', async () => {
    const grace = await createCustomer(portal, tenant, { password: null });
    const page = await anonymous().visit(
      (await receiveEmail(portal, tenant, grace, 'accountInvitation')).link,
    );
    expect(page.text).to.include('An account has been set up for you.');
  });
});
