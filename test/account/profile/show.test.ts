import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signIn,
  type TestTenant,
} from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { auditedEvents, receiveEmail, userRow } from '../../support/rows.ts';

const NEW = 'three random words';

describe('Profile', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage', time_zone: 'Europe/Berlin' });
  });
  after(() => portal.close());

  it('shows the name, which only the tenant changes', async () => {
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', last_name: 'King' });
    const page = await ada.visit('/account/profile');
    expect(page.text).to.include('First name Ada').and.include('Last name King');
    expect(page.text).to.include('To change your name, contact Acme Storage.');
    expect(page.find('[name="first_name"], [name="last_name"]')).to.equal(null);
  });

  it('saves phone, language and time zone, and speaks the language at once', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    expect(page.form('Save changes').values()).to.deep.include({
      phone: '',
      locale: 'en',
      time_zone: 'Europe/Berlin',
    });
    const saved = await page.submit('Save changes', {
      Phone: '+44 20 7946 0000',
      Language: 'العربية',
      'Time zone': 'Asia/Riyadh',
    });
    expect(saved.flashes).to.deep.equal(['تم حفظ ملفك الشخصي.']);
    expect(saved.find('html')!.getAttribute('dir')).to.equal('rtl');
    expect(await userRow(portal, ada.person.id)).to.deep.include({
      phone: '+44 20 7946 0000',
      phone_norm: '+442079460000',
      locale: 'ar',
      time_zone: 'Asia/Riyadh',
    });
    expect(await auditedEvents(portal, ada.person.id)).to.include('user.updated');
  });

  it('says what is wrong, and changes nothing', async () => {
    const ada = await signedInCustomer(portal, tenant, { phone: '+49 30 1234567' });
    const page = await ada.visit('/account/profile');
    const refused = await page.submit('Save changes', { Phone: 'call me' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Enter a phone number, like +44 20 7946 0000']);
    expect(refused.form('Save changes').values()['phone']).to.equal('call me');
    const forged = { phone: '', locale: 'xx', time_zone: "Mars/Base'; drop table users" };
    const answer = await ada.postFrom(page, '/account/profile', forged);
    expect(answer.status).to.equal(422);
    expect((await userRow(portal, ada.person.id))['phone']).to.equal('+49 30 1234567');
  });

  it('ignores a forged name and whatever else is not offered, and keeps a record of the name', async () => {
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', last_name: 'King' });
    const page = await ada.visit('/account/profile');
    const before = await userRow(portal, ada.person.id);
    const answer = await ada.postFrom(page, '/account/profile', {
      phone: '',
      locale: 'en',
      time_zone: 'Europe/Berlin',
      first_name: 'Eve',
      last_name: 'Mallory',
      email: 'eve@example.com',
      status: 'disabled',
      tenant_id: '00000000-0000-7000-8000-000000000000',
      email_verified_at: '',
    });
    expect(answer.status).to.equal(303);
    const after = await userRow(portal, ada.person.id);
    for (const column of [
      'tenant_id',
      'first_name',
      'last_name',
      'name',
      'email',
      'status',
      'email_verified_at',
    ])
      expect(after[column], column).to.deep.equal(before[column]);
    expect(await auditedEvents(portal, ada.person.id)).to.include('user.name_change_refused');
  });

  it('takes a zone by a name that lists leave out', async () => {
    const india = await createTenant(portal, { time_zone: 'Asia/Kolkata' });
    const ada = await signedInCustomer(portal, india);
    const page = await ada.visit('/account/profile');
    expect(page.form('Save changes').values()['time_zone']).to.equal('Asia/Kolkata');
    expect((await page.submit('Save changes')).status).to.equal(200);
  });

  describe('the password', () => {
    const change = { 'Current password': '', 'New password': NEW };

    it('is changed by who knows it: other devices and mailed links end, and a mail tells', async () => {
      const person = await createCustomer(portal, tenant);
      const here = await signIn(portal, tenant.account, person);
      const elsewhere = await signIn(portal, tenant.account, person);
      const link = (await receiveEmail(portal, tenant, person, 'resetPassword')).link;
      const page = await here.visit('/account/profile');
      const done = await page.submit('Change password', { ...change, 'Current password': person.password });
      expect(done.path).to.equal('/account/profile');
      expect(done.flashes).to.deep.equal(['Your password is changed. All other devices are logged out.']);
      expect((await portal.mailbox.next(person.email)).subject).to.equal(
        'Your Acme Storage password was changed',
      );
      expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
      expect((await new Visitor(portal, tenant.account).visit(link)).status).to.equal(410);
      await signIn(portal, tenant.account, { email: person.email, password: NEW });
    });

    it('stays when either is wrong, and both mistakes are told at once', async () => {
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
      expect(await auditedEvents(portal, ada.person.id)).to.include('user.password_check_failed');
      await signIn(portal, tenant.account, ada.person);
    });

    it('is not guessed on a device that was left open', async () => {
      const ada = await signedInCustomer(portal, tenant);
      const page = await ada.visit('/account/profile');
      for (let guess = 0; guess < 11; guess += 1)
        await page.submit('Change password', { ...change, 'Current password': `guess ${guess}` });
      const slowed = await page.submit('Change password', {
        ...change,
        'Current password': ada.person.password,
      });
      expect(slowed.status).to.equal(429);
      expect(slowed.errors[0]).to.match(/^Too many attempts\. Try again in \d+ seconds\.$/);
      expect(Number(slowed.headers['retry-after'])).to.be.within(1, 60);
    });

    it('is found by password managers', async () => {
      const answer = await new Visitor(portal, tenant.account).get('/.well-known/change-password');
      expect(answer.headers['location']).to.equal('/account/profile#password');
      const ada = await signedInCustomer(portal, tenant);
      const page = await ada.visit('/account/profile');
      expect(page.find('#password [autocomplete="username"]')!.getAttribute('value')).to.equal(
        ada.person.email,
      );
      expect(page.find('#password [autocomplete="new-password"]')).to.not.equal(null);
    });
  });
});
