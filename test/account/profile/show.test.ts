import { expect } from 'chai';
import { createTenant, signedInCustomer, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { userRow } from '../../support/rows.ts';
import { findEventNamesOf } from '../../support/audit.ts';

describe('Profile', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage', time_zone: 'Europe/Berlin' });
  });

  it('shows the name without fields to change it', async () => {
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', last_name: 'King' });
    const page = await ada.visit('/account/profile');
    expect(page.text).to.include('First name Ada').and.include('Last name King');
    expect(page.text).to.include('To change your name, contact Acme Storage.');
    expect(page.find('[name="first_name"], [name="last_name"]')).to.equal(null);
  });

  it('saves phone and language and responds in the new language', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    expect(page.form('Save changes').values()).to.deep.include({
      phone: '',
      locale: 'en',
    });
    const saved = await page.submit('Save changes', {
      Phone: '+44 20 7946 0000',
      Language: 'العربية',
    });
    expect(saved.flashes).to.deep.equal(['تم حفظ تغييراتك.']);
    expect(saved.find('html')!.getAttribute('dir')).to.equal('rtl');
    expect(await userRow(portal, ada.person.id)).to.deep.include({
      phone: '+44 20 7946 0000',
      locale: 'ar',
    });
    expect(await findEventNamesOf(portal, ada.person.id)).to.include('user.updated');
  });

  it('saves the address of a customer', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    const saved = await page.submit('Save changes', { Address: '12 High Street\r\nLeeds' });
    expect(saved.form('Save changes').values()['address']).to.equal('12 High Street\nLeeds');
    expect(await userRow(portal, ada.person.id)).to.deep.include({
      address: '12 High Street\nLeeds',
      address_norm: '12 high street leeds',
    });
    expect((await saved.submit('Save changes', { Phone: '' })).status).to.equal(200);
    expect((await userRow(portal, ada.person.id))['address']).to.equal('12 High Street\nLeeds');
  });

  it('does not ask staff for an address', async () => {
    const page = await (await signedInStaff(portal, tenant)).visit('/profile');
    expect(page.find('[name=address]')).to.equal(null);
  });

  it('shows the errors of an invalid form and changes nothing', async () => {
    const ada = await signedInCustomer(portal, tenant, { phone: '+49 30 1234567' });
    const page = await ada.visit('/account/profile');
    const refused = await page.submit('Save changes', { Phone: 'call me' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Enter a phone number, like +44 20 7946 0000']);
    expect(refused.form('Save changes').values()['phone']).to.equal('call me');
    const forged = { phone: '', locale: 'xx' };
    const response = await ada.postFrom(page, '/account/profile', forged);
    expect(response.status).to.equal(422);
    expect((await userRow(portal, ada.person.id))['phone']).to.equal('+49 30 1234567');
  });

  it('refuses a form with any other field, and changes and records nothing', async () => {
    const ada = await signedInCustomer(portal, tenant, { phone: '+49 30 1234567' });
    const page = await ada.visit('/account/profile');
    const before = await userRow(portal, ada.person.id);
    const forged = [
      { first_name: 'Eve', last_name: 'Mallory' },
      { email: 'eve@example.com' },
      { status: 'disabled' },
      { tenant_id: '00000000-0000-7000-8000-000000000000' },
      { email_verified_at: '' },
      { 'phone[a]': '1' },
      { 'cf[unknown]': '1' },
    ];
    const events = await findEventNamesOf(portal, ada.person.id);
    for (const fields of forged) {
      const response = await ada.postFrom(page, '/account/profile', fields);
      expect(response.status, Object.keys(fields).join()).to.equal(400);
    }
    expect(await userRow(portal, ada.person.id)).to.deep.equal(before);
    expect(await findEventNamesOf(portal, ada.person.id)).to.deep.equal(events);
  });

  it('keeps the values of absent fields', async () => {
    const ada = await signedInCustomer(portal, tenant, { phone: '+49 30 1234567' });
    const page = await ada.visit('/account/profile');
    const response = await ada.postFrom(page, '/account/profile', { time_zone: 'Asia/Riyadh' });
    expect(response.status).to.equal(303);
    expect(await userRow(portal, ada.person.id)).to.deep.include({
      phone: '+49 30 1234567',
      locale: null,
      time_zone: 'Asia/Riyadh',
    });
  });

  it('asks for a custom field that became required, without refusing other changes', async () => {
    const asking = await createTenant(portal);
    const ada = await signedInCustomer(portal, asking);
    const manager = await signedInStaff(portal, asking);
    const form = await manager.visit('/settings/custom-fields/new');
    await form.submit('Add custom field', {
      Title: 'Gate code',
      Required: true,
      'Customers can': 'See it, and fill it in once',
    });

    const dashboard = await ada.visit('/account');
    expect(dashboard.flashes.join()).to.include(`${asking.name} needs some details from you.`);
    const profile = await dashboard.follow('Complete your profile');
    expect(profile.flashes.join()).to.include('Gate code');
    const saved = await profile.submit('Save changes', { Phone: '+44 20 7946 0000' });
    expect(saved.flashes).to.include('Your changes have been saved.');

    const given = await saved.submit('Save changes', { 'Gate code': '0042' });
    expect(given.flashes).to.deep.equal(['Your changes have been saved.']);
    expect((await ada.visit('/account')).flashes).to.deep.equal([]);
    const user = await manager.visit(`/users/${ada.person.id}`);
    expect(user.text).to.include('Gate code 0042');
  });

  it('accepts a second submission of a custom field and keeps the first value', async () => {
    const asking = await createTenant(portal);
    const ada = await signedInCustomer(portal, asking);
    const manager = await signedInStaff(portal, asking);
    const form = await manager.visit('/settings/custom-fields/new');
    await form.submit('Add custom field', {
      Title: 'Gate code',
      Required: true,
      'Customers can': 'See it, and fill it in once',
    });
    const profile = await ada.visit('/account/profile');
    await profile.submit('Save changes', { 'Gate code': '0042' });
    const again = await profile.submit('Save changes', { 'Gate code': '0043' });
    expect(again.path).to.equal('/account/profile');
    expect((await manager.visit(`/users/${ada.person.id}`)).text).to.include('Gate code 0042');
  });

  it('links the email address and the phone number of the tenant', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    const hint = page.findAll('dd.hint').find((each) => each.text.includes('To change your name'))!;
    expect(hint.querySelector('a')!.getAttribute('href')).to.equal(`mailto:${tenant.manager.email}`);
  });

  it('offers English with American and with British dates, each with an example', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit('/account/profile');
    const labels = page.findAll('#locale option').map((option) => option.text);
    expect(labels).to.eql(['English (US): Jan 31, 2026', 'English (UK): 31 Jan 2026', 'العربية']);
    await page.submit('Save changes', { Language: 'en-GB' });
    const security = await ada.visit('/account/security');
    expect(security.find('html')!.getAttribute('lang')).to.equal('en-GB');
    expect(security.text).to.match(/\d{1,2} [A-Z][a-z]{2,3} \d{4}/);
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/profile');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/profile');
  });
});
