import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const BUSINESS = '/settings/business';

describe('/settings/business', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ name: 'Bay Storage' }));
  });

  it('begins with the contact of the first Manager', async () => {
    const page = await (await manager.visit('/settings')).follow('Business');
    expect(page.form('Save changes').values()).to.include({
      name: 'Bay Storage',
      contact_email: tenant.manager.email,
      locale: 'en',
      time_zone: 'UTC',
      currency: 'USD',
      vocabulary: 'storage',
      password_min_length: '12',
    });
  });

  it('saves every setting and records the values before and after', async () => {
    const page = await manager.visit(BUSINESS);
    const saved = await page.submit('Save changes', {
      Name: 'Bay & Sons',
      'Contact email': ' Hello@Bay.example ',
      'Contact phone': '+44 20 7946 0999',
      'Reply-to address': 'care@bay.example',
      'Postal address': '1 Harbour Lane\r\nLondon',
      'Tax number': 'GB 1',
      Language: 'en-GB',
      time_zone: 'Asia/Kolkata',
      currency: 'GBP',
      Words: 'Business to business',
      'Minimum password length': '14',
    });
    expect(saved.flashes).to.eql(['Your changes have been saved.']);
    const { version: _, ...values } = saved.form('Save changes').values();
    expect(values).to.eql({
      name: 'Bay & Sons',
      contact_email: 'hello@bay.example',
      contact_phone: '+44 20 7946 0999',
      reply_to: 'care@bay.example',
      address: '1 Harbour Lane\nLondon',
      tax_number: 'GB 1',
      locale: 'en-GB',
      time_zone: 'Asia/Kolkata',
      currency: 'GBP',
      vocabulary: 'b2b',
      password_min_length: '14',
    });
    const [event] = await findAuditEvents(portal, tenant, 'tenant.business_changed');
    expect(event!.actor_name).to.equal(manager.person.name);
    expect(event!.changes).to.deep.include({ name: ['Bay Storage', 'Bay & Sons'], currency: ['USD', 'GBP'] });
  });

  it('changes the words of the navigation and of the pages of customers', async () => {
    const b2b = await createTenant(portal);
    const staff = await signedInStaff(portal, b2b);
    const storage = await staff.visit(BUSINESS);
    expect(storage.findAll('nav[aria-label="Main"] a').map(({ text }) => text)).to.include.members([
      'Users',
      'Customers',
    ]);
    const page = await storage.submit('Save changes', { Words: 'Business to business' });
    const links = page.findAll('nav[aria-label="Main"] a').map(({ text }) => text);
    expect(links).to.include.members(['Companies', 'Customers']).and.not.include('Users');
    expect((await page.follow('Companies')).path).to.equal('/customers/companies');

    const list = await page.follow('Customers');
    expect([list.path, list.h1]).to.eql(['/users', 'Customers']);
    const form = await list.follow('Add customer');
    const user = await form.submit('Create customer', {
      'First name': 'Ada',
      'Last name': 'King',
      Email: 'ada@b2b.example',
    });
    const edit = await user.follow('Edit');
    const pages = [form, edit, await staff.visit('/users'), await staff.visit('/users?q=zzz')];
    pages.push(await staff.visit(`${user.path}/deactivation`));
    for (const each of pages)
      expect(each.find('main')!.text.match(/.{0,30}\busers?\b.{0,30}/i)?.[0], each.path).to.equal(undefined);
  });

  it('keeps the values of absent fields', async () => {
    const page = await manager.visit(BUSINESS);
    const { version, ...before } = page.form('Save changes').values();
    expect(before['contact_phone']).not.to.equal('');
    const response = await manager.postFrom(page, BUSINESS, { version: version!, name: 'Bay & Daughters' });
    expect(response.status).to.equal(303);
    const { version: _, ...after } = (await manager.visit(BUSINESS)).form('Save changes').values();
    expect(after).to.eql({ ...before, name: 'Bay & Daughters' });
  });

  it('shows the new name and contact to customers with the next request', async () => {
    const other = await createTenant(portal, { name: 'Old name' });
    const staff = await signedInStaff(portal, other);
    const customer = new Visitor(portal, other.account);
    expect((await customer.visit('/account/login')).title).to.include('Old name');
    const form = await staff.visit(BUSINESS);
    await form.submit('Save changes', { Name: 'New name', 'Contact phone': '+44 20 7946 0111' });
    const login = await customer.visit('/account/login');
    expect(login.title).to.include('New name');
    expect(login.href('+44 20 7946 0111')).to.equal('tel:+442079460111');
    expect(login.href(other.manager.email)).to.equal(`mailto:${other.manager.email}`);
  });

  it('stores the current name of a time zone that is submitted by a former name', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const page = await staff.visit(BUSINESS);
    const { _csrf, ...values } = { _csrf: '', ...page.form('Save changes').values() };
    for (const [given, stored] of [
      ['Asia/Calcutta', 'Asia/Kolkata'],
      ['Europe/Kiev', 'Europe/Kyiv'],
    ]) {
      const version = (await staff.visit(BUSINESS)).form('Save changes').values()['version']!;
      const response = await staff.postFrom(page, BUSINESS, { ...values, version, time_zone: given! });
      expect(response.status).to.equal(303);
      expect((await staff.visit(BUSINESS)).form('Save changes').values()['time_zone']).to.equal(stored);
    }
  });

  it('refuses invalid values with the entries kept', async () => {
    const page = await manager.visit(BUSINESS);
    const refused = await page.submit('Save changes', {
      Name: ' ',
      'Contact email': 'no address',
      'Contact phone': 'call me',
      'Reply-to address': 'no address',
      'Minimum password length': '7',
    });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql([
      'Enter a name',
      'Enter an email address in the correct format, like name@example.com',
      'Enter a phone number, like +44 20 7946 0000',
      'Enter an email address in the correct format, like name@example.com',
      'Enter a number from 8 to 64',
    ]);
    expect(refused.form('Save changes').values()).to.include({ contact_phone: 'call me' });
    const forged = {
      name: 'X',
      contact_email: 'a@b.example',
      locale: 'xx',
      time_zone: 'Mars/Base',
      currency: 'ABC',
    };
    const response = await manager.postFrom(page, BUSINESS, {
      ...forged,
      version: '1',
      password_min_length: '12',
    });
    expect((await manager.arrive(BUSINESS, response)).errors).to.eql([
      'Select a language',
      'Select a time zone',
      'Select a currency',
    ]);
  });

  it('refuses to overwrite a change that was made after the page was opened, and accepts the second submit', async () => {
    const page = await manager.visit(BUSINESS);
    await page.submit('Save changes', { Name: 'First' });
    const stale = await page.submit('Save changes', { Name: 'Second' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed the settings after you opened this page');
    expect(stale.text).to.include('Current values').and.include('First');
    expect((await stale.submit('Save changes')).form('Save changes').values()).to.include({ name: 'Second' });
  });

  it('changes neither the status nor the hosts of the tenant', async () => {
    const page = await manager.visit(BUSINESS);
    const values = page.form('Save changes').values();
    const forged = { slug: 'taken', status: 'suspended', primary_host: 'evil.example', id: tenant.id };
    const response = await manager.postFrom(page, BUSINESS, { ...values, ...forged });
    expect(response.status).to.equal(400);
    const { rows } = await portal.owner.query(
      'select slug, status, primary_host, name from tenants where id = $1',
      [tenant.id],
    );
    expect(rows).to.eql([{ slug: tenant.slug, status: 'active', primary_host: null, name: values['name'] }]);
  });

  it('returns 403 to roles other than Manager', async () => {
    for (const role of ['admin', 'operations', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      const page = await staff.visit('/customers/companies');
      expect(page.links, role).to.not.include('Business');
      expect((await staff.get(BUSINESS)).status).to.equal(403);
      expect((await staff.postFrom(page, BUSINESS, { name: 'Forged' })).status).to.equal(403);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit(BUSINESS)).path).to.equal('/login');
  });
});
