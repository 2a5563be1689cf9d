import { expect } from 'chai';
import { findAuditEvents, findEventNamesOf } from '../../support/audit.ts';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signIn,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { receiveEmail, sql, untilBlocked } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const NEW = 'three random words';

describe('Changing the password', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const change = { 'Current password': '', 'New password': NEW };

  it('saves the password, revokes other sessions and mailed links, and sends an email', async () => {
    const person = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, person);
    const elsewhere = await signIn(portal, tenant.account, person);
    const link = (await receiveEmail(portal, tenant, person, 'resetPassword')).link;
    const page = await here.visit('/account/profile');
    const done = await page.submit('Change password', { ...change, 'Current password': person.password });
    expect(done.path).to.equal('/account/profile');
    expect(done.flashes).to.deep.equal([
      'Your password has been changed. All other devices have been logged out.',
    ]);
    expect((await portal.mailbox.next(person.email)).subject).to.equal(
      'Your Acme Storage password was changed',
    );
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
    await signIn(portal, tenant.account, { email: person.email, password: NEW });
  });

  it('renews the session id and the form tokens, and keeps this device logged in', async () => {
    const person = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, person);
    const copy = new Visitor(portal, tenant.account);
    copy.cookies.set('__Host-account', here.cookies.get('__Host-account')!);
    const stale = await here.visit('/account/profile');
    await stale.submit('Change password', { ...change, 'Current password': person.password });
    expect(here.cookies.get('__Host-account')).to.not.equal(copy.cookies.get('__Host-account'));
    expect((await here.visit('/account')).path).to.equal('/account');
    expect((await copy.visit('/account')).path).to.equal('/account/login');
    expect((await here.visit('/account/security')).rows()).to.have.length(1);
    expect((await stale.submit('Save changes')).status).to.equal(403);
  });

  it('is refused when the login is revoked while the new password is saved', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    const owner = await portal.owner.connect();
    await owner.query('begin');
    await owner.query('select 1 from users where id = $1 for update', [ada.person.id]);
    const saving = page.submit('Change password', { ...change, 'Current password': ada.person.password });
    await untilBlocked(portal);
    await owner.query('update login_sessions set revoked_at = now() where user_id = $1', [ada.person.id]);
    await owner.query('commit');
    owner.release();
    expect((await saving).status).to.equal(403);
    await signIn(portal, tenant.account, ada.person);
  });

  it('keeps the end of a remembered session', async () => {
    const person = await createCustomer(portal, tenant);
    const here = new Visitor(portal, tenant.account);
    const login = await here.visit('/account/login');
    await login.submit('Log in', {
      username: person.email,
      password: person.password,
      'Keep me logged in on this device': true,
    });
    const ends = async () =>
      (
        await sql<{ expire: Date }>(
          portal,
          'select s.expire from sessions s join login_sessions l on l.sid_hash = s.sid where l.user_id = $1',
          [person.id],
        )
      ).map(({ expire }) => expire.getTime());
    const [before] = await ends();
    const page = await here.visit('/account/profile');
    await page.submit('Change password', { ...change, 'Current password': person.password });
    const [after, ...others] = await ends();
    expect(after).to.be.closeTo(before!, 10_000);
    expect(others).to.eql([]);
  });

  it('records the change in the audit log without the password', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    await page.submit('Change password', { ...change, 'Current password': ada.person.password });
    const events = await findAuditEvents(portal, tenant, 'user.password_changed');
    expect(events.at(-1)).to.deep.equal({
      actor_name: ada.person.name,
      target_name: ada.person.name,
      changes: { password: ['•••', '•••'] },
    });
  });

  it('keeps the password and shows the errors of both fields when either is invalid', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    const empty = await page.submit('Change password');
    expect(empty.status).to.equal(422);
    expect(empty.errors).to.deep.equal(['Enter your current password', 'Enter a new password']);
    const wrong = await page.submit('Change password', { ...change, 'Current password': 'not it' });
    expect(wrong.errors).to.deep.equal(['Your current password is incorrect']);
    const short = await page.submit('Change password', {
      'Current password': ada.person.password,
      'New password': 'short',
    });
    expect(short.errors).to.deep.equal(['Password must be 12 characters or more']);
    expect(await findEventNamesOf(portal, ada.person.id)).to.include('user.password_check_failed');
    await signIn(portal, tenant.account, ada.person);
  });

  it('responds with 429 after ten wrong current passwords', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    for (let guess = 0; guess < 11; guess += 1)
      await page.submit('Change password', { ...change, 'Current password': `guess ${guess}` });
    const slowed = await page.submit('Change password', {
      ...change,
      'Current password': ada.person.password,
    });
    expect(slowed.status).to.equal(429);
    expect(slowed.errors[0]).to.match(/^Too many attempts\. Try again in (1 second|\d\d? seconds)\.$/);
    expect(Number(slowed.headers['retry-after'])).to.be.within(1, 60);
  });

  it('redirects the well-known URL and marks the fields for password managers', async () => {
    const response = await new Visitor(portal, tenant.account).get('/.well-known/change-password');
    expect(response.headers['location']).to.equal('/account/profile#password');
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    expect(page.find('#password [autocomplete="username"]')!.getAttribute('value')).to.equal(
      ada.person.email,
    );
    expect(page.find('#password [autocomplete="new-password"]')).to.not.equal(null);
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.account);
    const response = await visitor.postFrom(
      await visitor.visit('/account/login'),
      '/account/profile/password',
    );
    expect(response.status).to.equal(303);
    expect(response.headers['location']).to.equal('/account/login');
  });
});
