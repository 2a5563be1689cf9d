import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { userRow } from '../../support/rows.ts';
import { findEventNamesOf } from '../../support/audit.ts';

let addresses = 0;

describe('Change email', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);
  const newAddress = () => `new.${(addresses += 1)}@example.com`;

  async function ask(visitor: Visitor, person: TestPerson, new_email: string) {
    const form = await (await visitor.visit('/account/profile')).follow('Change email');
    return form.submit('Change email', {
      'New email address': new_email,
      'Current password': person.password,
    });
  }

  it('keeps the old address until the new one is confirmed', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const elsewhere = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const profile = await ask(here, ada, address);
    expect(profile.path).to.equal('/account/profile');
    expect(profile.text).to.include(`Open the link that we sent to ${address} to confirm it.`);
    expect(profile.text).to.include(ada.email);

    const notice = await portal.mailbox.next(ada.email);
    expect(notice.subject).to.equal('Your Acme Storage email address is changing');
    expect(notice.text).to.include(address);
    const mail = await portal.mailbox.next(address);
    expect(mail.subject).to.equal('Confirm your email address for Acme Storage');
    await signIn(portal, tenant.account, ada);
    expect((await elsewhere.visit('/account')).path).to.equal('/account');

    const page = await here.visit(mail.link);
    expect(page.text).to.include(address);
    expect((await userRow(portal, ada.id))['email']).to.equal(ada.email);
    const done = await page.submit('Confirm email address');
    expect(done.path).to.equal('/account/profile');
    expect(done.text).to.include(address).and.not.include('Open the link that we sent');
    expect(done.badges).to.deep.equal(['Verified']);

    const row = await userRow(portal, ada.id);
    expect(row).to.deep.include({ email: address, email_norm: address, pending_email: null });
    expect(row['search_text']).to.include(address);
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    const refused = await (
      await anonymous().visit('/account/login')
    ).submit('Log in', {
      'Email address': ada.email,
      Password: ada.password,
    });
    expect(refused.status).to.equal(422);
    await signIn(portal, tenant.account, { ...ada, email: address });
    expect(await findEventNamesOf(portal, ada.id)).to.include.members([
      'user.email_change_requested',
      'user.email_changed',
    ]);
  });

  it('revokes every session when an anonymous user confirms the new address', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    await ask(here, ada, address);
    const page = await anonymous().visit((await portal.mailbox.next(address)).link);
    expect((await page.submit('Confirm email address')).path).to.equal('/account/login');
    expect((await here.visit('/account')).path).to.equal('/account/login');
  });

  it('shows errors for a wrong current password and an invalid address', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const wrong = await ask(here, { ...ada, password: 'not it' }, address);
    expect(wrong.status).to.equal(422);
    expect(wrong.errors).to.deep.equal(['Your current password is incorrect']);
    expect(wrong.form('Change email').values()['new_email']).to.equal(address);
    const empty = await ask(here, ada, '');
    expect(empty.errors).to.deep.equal(['Enter a new email address']);
    const same = await ask(here, ada, ada.email.toUpperCase());
    expect(same.errors).to.deep.equal(['This is already your email address']);
    expect((await userRow(portal, ada.id))['pending_email']).to.equal(null);
  });

  it('revokes the mailed link when the change is cancelled', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const waiting = await ask(here, ada, address);
    const mail = await portal.mailbox.next(address);
    const profile = await waiting.submit('Cancel');
    expect(profile.flashes).to.deep.equal([`Your email address is ${ada.email}.`]);
    expect((await anonymous().visit(mail.link)).status).to.equal(410);
    expect(await findEventNamesOf(portal, ada.id)).to.include('user.email_change_cancelled');
  });

  it('shows the new address when the change was confirmed before the older page cancels it', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const waiting = await ask(here, ada, address);
    const { link } = await portal.mailbox.next(address);
    await (await here.visit(link)).submit('Confirm email address');
    const profile = await waiting.submit('Cancel');
    expect(profile.flashes).to.deep.equal([`Your email address is ${address}.`]);
  });

  it('records nothing when there is no change to cancel', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const profile = await here.visit('/account/profile');
    for (let n = 0; n < 2; n += 1) await here.postFrom(profile, '/account/profile/email/cancellation');
    expect(await findEventNamesOf(portal, ada.id)).to.not.include('user.email_change_cancelled');
  });

  it('is cancelled by a password reset through the old address', async () => {
    const ada = await createCustomer(portal, tenant);
    const address = newAddress();
    await ask(await signIn(portal, tenant.account, ada), ada, address);
    const notice = await portal.mailbox.next(ada.email);
    const mail = await portal.mailbox.next(address);
    const forgot = await anonymous().visit(notice.link);
    await forgot.submit('Send password reset email', { 'Email address': ada.email });
    const reset = await anonymous().visit((await portal.mailbox.next(ada.email)).link);
    await reset.submit('Save password', { 'New password': 'three random words' });
    expect((await anonymous().visit(mail.link)).status).to.equal(410);
    expect(await userRow(portal, ada.id)).to.deep.include({ email: ada.email, pending_email: null });
  });

  it('does not reveal that an address is taken and never assigns it twice', async () => {
    const ada = await createCustomer(portal, tenant);
    const grace = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const waiting = await ask(here, ada, grace.email);
    expect(waiting.path).to.equal('/account/profile');
    const mail = await portal.mailbox.next(
      (each) => each.to === grace.email && /verify-email/.test(each.link),
    );
    const taken = await (await here.visit(mail.link)).submit('Confirm email address');
    expect(taken.status).to.equal(409);
    expect(taken.h1).to.equal('This email address is already in use');
    expect(taken.text).to.include(`Your email address is still ${ada.email}.`);
    expect((await userRow(portal, ada.id))['email']).to.equal(ada.email);
    expect((await userRow(portal, grace.id))['email']).to.equal(grace.email);
  });

  it('can be confirmed with the same link when a taken address has become free', async () => {
    const ada = await createCustomer(portal, tenant);
    const grace = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    await ask(here, ada, grace.email);
    const mail = await portal.mailbox.next(
      (each) => each.to === grace.email && /verify-email/.test(each.link),
    );
    await (await here.visit(mail.link)).submit('Confirm email address');
    expect(await findEventNamesOf(portal, ada.id)).to.not.include('user.email_changed');

    const free = newAddress();
    await portal.owner.query('update users set email = $2, email_norm = $2 where id = $1', [grace.id, free]);
    const done = await (await here.visit(mail.link)).submit('Confirm email address');
    expect(done.path).to.equal('/account/profile');
    expect((await userRow(portal, ada.id))['email']).to.equal(grace.email);
  });

  it('accepts the address of a customer of another tenant', async () => {
    const other = await createTenant(portal);
    const foreign = await createCustomer(portal, other);
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    await ask(here, ada, foreign.email);
    const page = await here.visit((await portal.mailbox.next(foreign.email)).link);
    expect((await page.submit('Confirm email address')).status).to.equal(200);
    expect((await userRow(portal, foreign.id))['tenant_id']).to.equal(other.id);
  });

  it('responds with 429 after five requests in an hour', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const form = await here.visit('/account/profile/email');
    const fields = () => ({ 'New email address': newAddress(), 'Current password': ada.password });
    for (let times = 0; times < 5; times += 1)
      expect((await form.submit('Change email', fields())).status).to.equal(200);
    expect((await form.submit('Change email', fields())).status).to.equal(429);
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await anonymous().visit('/account/profile/email');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/profile/email');
  });
});
