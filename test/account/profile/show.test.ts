import { expect } from 'chai';
import { createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { userRow } from '../../support/rows.ts';
import { findEventNamesOf } from '../../support/audit.ts';

describe('Profile', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage', time_zone: 'Europe/Berlin' });
  });
  after(() => portal.close());

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
    expect(saved.flashes).to.deep.equal(['تم حفظ ملفك الشخصي.']);
    expect(saved.find('html')!.getAttribute('dir')).to.equal('rtl');
    expect(await userRow(portal, ada.person.id)).to.deep.include({
      phone: '+44 20 7946 0000',
      locale: 'ar',
    });
    expect(await findEventNamesOf(portal, ada.person.id)).to.include('user.updated');
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

  it('ignores forged fields and records an attempt to change the name', async () => {
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', last_name: 'King' });
    const page = await ada.visit('/account/profile');
    const before = await userRow(portal, ada.person.id);
    const response = await ada.postFrom(page, '/account/profile', {
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
    expect(response.status).to.equal(303);
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
    expect(await findEventNamesOf(portal, ada.person.id)).to.include('user.name_change_refused');
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
