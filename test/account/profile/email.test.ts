import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { auditedEvents, userRow } from '../../support/rows.ts';

let made = 0;

describe('Changing the email address', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

  const stranger = () => new Visitor(portal, tenant.account);
  const newAddress = () => `new.${(made += 1)}@example.com`;

  async function ask(visitor: Visitor, person: TestPerson, new_email: string) {
    const form = await (await visitor.visit('/account/profile')).follow('Change email');
    return form.submit('Change email', {
      'New email address': new_email,
      'Current password': person.password,
    });
  }

  it('waits until the new address is confirmed; until then the old one works', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const elsewhere = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const profile = await ask(here, ada, address);
    expect(profile.path).to.equal('/account/profile');
    expect(profile.text).to.include(`Waiting for you to confirm ${address}.`);
    expect(profile.text).to.include(ada.email);

    const told = await portal.mailbox.next(ada.email);
    expect(told.subject).to.equal('Your Acme Storage email address is changing');
    expect(told.text).to.include(address);
    const mail = await portal.mailbox.next(address);
    expect(mail.subject).to.equal('Confirm your email address for Acme Storage');
    await signIn(portal, tenant.account, ada);
    expect((await elsewhere.visit('/account')).path).to.equal('/account');

    const page = await here.visit(mail.link);
    expect(page.text).to.include(address);
    expect((await userRow(portal, ada.id))['email']).to.equal(ada.email);
    const done = await page.submit('Confirm email address');
    expect(done.path).to.equal('/account/profile');
    expect(done.text).to.include(address).and.not.include('Waiting for you');
    expect(done.badges).to.deep.equal(['Verified']);

    const row = await userRow(portal, ada.id);
    expect(row).to.deep.include({ email: address, email_norm: address, pending_email: null });
    expect(row['search_text']).to.include(address);
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    const refused = await (
      await stranger().visit('/account/login')
    ).submit('Log in', {
      'Email address': ada.email,
      Password: ada.password,
    });
    expect(refused.status).to.equal(422);
    await signIn(portal, tenant.account, { ...ada, email: address });
    expect(await auditedEvents(portal, ada.id)).to.include.members([
      'user.email_change_requested',
      'user.email_changed',
    ]);
  });

  it('can be confirmed where nobody is logged in; every session ends then', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    await ask(here, ada, address);
    const page = await stranger().visit((await portal.mailbox.next(address)).link);
    expect((await page.submit('Confirm email address')).path).to.equal('/account/login');
    expect((await here.visit('/account')).path).to.equal('/account/login');
  });

  it('asks for the current password, and for an address', async () => {
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
    expect(same.errors).to.deep.equal(['This is your address already']);
    expect((await userRow(portal, ada.id))['pending_email']).to.equal(null);
  });

  it('can be called off: the link that was sent is dead', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const address = newAddress();
    const waiting = await ask(here, ada, address);
    const mail = await portal.mailbox.next(address);
    const profile = await waiting.submit('Cancel');
    expect(profile.flashes).to.deep.equal(['Your email address stays as it is.']);
    expect((await stranger().visit(mail.link)).status).to.equal(410);
    expect(await auditedEvents(portal, ada.id)).to.include('user.email_change_cancelled');
  });

  it('is stopped by a password reset at the old address', async () => {
    const ada = await createCustomer(portal, tenant);
    const address = newAddress();
    await ask(await signIn(portal, tenant.account, ada), ada, address);
    const told = await portal.mailbox.next(ada.email);
    const mail = await portal.mailbox.next(address);
    const forgot = await stranger().visit(told.link);
    await forgot.submit('Send password reset email', { 'Email address': ada.email });
    const reset = await stranger().visit((await portal.mailbox.next(ada.email)).link);
    await reset.submit('Save password', { 'New password': 'three random words' });
    expect((await stranger().visit(mail.link)).status).to.equal(410);
    expect(await userRow(portal, ada.id)).to.deep.include({ email: ada.email, pending_email: null });
  });

  it('does not tell whether somebody has the address, but never gives it twice', async () => {
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
    expect(taken.h1).to.equal('This address is taken');
    expect(taken.text).to.include(`Your address stays ${ada.email}.`);
    expect((await userRow(portal, ada.id))['email']).to.equal(ada.email);
    expect((await userRow(portal, grace.id))['email']).to.equal(grace.email);
  });

  it('may be the address of a customer of another tenant', async () => {
    const other = await createTenant(portal);
    const foreign = await createCustomer(portal, other);
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    await ask(here, ada, foreign.email);
    const page = await here.visit((await portal.mailbox.next(foreign.email)).link);
    expect((await page.submit('Confirm email address')).status).to.equal(200);
    expect((await userRow(portal, foreign.id))['tenant_id']).to.equal(other.id);
  });

  it('mails strangers five times an hour at most', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const form = await here.visit('/account/profile/email');
    const fields = () => ({ 'New email address': newAddress(), 'Current password': ada.password });
    for (let times = 0; times < 5; times += 1)
      expect((await form.submit('Change email', fields())).status).to.equal(200);
    expect((await form.submit('Change email', fields())).status).to.equal(429);
  });
});
