import { expect } from 'chai';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { queueTestEmail, sql } from '../support/rows.ts';
import { createSite, createUnit, createUnitType } from '../support/units.ts';
import { Visitor } from '../support/visitor.ts';

describe('Search', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    const company = await createCompany(portal, tenant, { name: 'Quartz Works', code: 'QW-1' });
    const person = await createCustomer(portal, tenant, {
      first_name: 'Quartz',
      last_name: 'Lovelace',
      email: 'quartz@lovelace.example',
      company,
    });
    await queueTestEmail(portal, tenant, person);
    const [site, type] = [await createSite(portal, tenant), await createUnitType(portal, tenant)];
    for (let n = 1; n <= 6; n++) await createUnit(portal, tenant, { code: `QUARTZ-${n}`, site, type });
  });

  it('finds people, companies, units and emails, each with a link to its list', async () => {
    const page = await (await manager.visit('/search')).submit('Search', { Search: 'quartz' });
    expect(page.h1).to.equal('Search');
    expect(page.links).to.include.members(['Quartz Lovelace', 'Quartz Works', 'QUARTZ-1', 'QUARTZ-5']);
    expect(page.links).to.not.include('QUARTZ-6');
    expect(page.text).to.include('quartz@lovelace.example');
    expect(page.links).to.include.members([
      'Show in Users',
      'Show in Companies',
      'Show all in Units',
      'Show in Emails',
    ]);
    expect((await page.follow('Show all in Units')).rows()).to.have.length(6);
    expect((await page.follow('Show in Users')).url).to.equal('/users?q=quartz');
  });

  it('finds units by the code of a custom field', async () => {
    const field = {
      entity: 'unit',
      code: 'floor',
      title: 'Floor',
      type: 'number',
      is_searchable: true,
    } as const;
    await createCustomField(portal, tenant, field);
    const unit = await manager.visit((await manager.visit('/units?q=quartz-2')).href('QUARTZ-2'));
    await (await unit.follow('Edit')).submit('Save changes', { Floor: '7' });
    const page = await manager.visit('/search?q=floor:7');
    expect(page.flashes).to.eql([]);
    expect(page.links).to.include('QUARTZ-2').and.not.include('QUARTZ-3');
    expect((await manager.visit('/search?q=floor:high')).flashes).to.eql(["We do not know the key 'floor'."]);
  });

  it('finds invoices by the beginning of their number', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const customer = await createCustomer(portal, other, { first_name: 'Ada', last_name: 'Obi' });
    const account = '018f3e5c-0000-7000-8000-00000000000a';
    await sql(
      portal,
      `insert into billing_accounts (tenant_id, id, user_id, currency, reference) values ($1, $2, $3, 'USD', 'R-1')`,
      [other.id, account, customer.id],
    );
    await sql(
      portal,
      `insert into invoices (tenant_id, id, billing_account_id, kind, status, series, number, label, label_norm, issued_on, due_on, currency, source)
       values ($1, '018f3e5c-0000-7000-8000-00000000000b', $2, 'invoice', 'sent', 'INV', 77, 'INV-77', 'inv-77', '2026-01-01', '2026-01-15', 'USD', 'manual')`,
      [other.id, account],
    );
    const page = await staff.visit('/search?q=inv-7');
    expect(page.links).to.include.members(['INV-77', 'Show in Invoices']);
    expect(page.text).to.include('Ada Obi');
  });

  it('passes keys only to the lists that know them', async () => {
    const page = await manager.visit('/search?q=email:quartz');
    expect(page.links).to.include.members(['Quartz Lovelace', 'Quartz Works']);
    expect(page.links).to.not.include.members(['QUARTZ-1']);
    const ofUsers = await manager.visit('/search?q=role:company_admin');
    expect(ofUsers.links).to.include('Quartz Lovelace').and.not.include('Quartz Works');
    const unknown = await manager.visit('/search?q=foo:bar');
    expect(unknown.text)
      .to.include("We do not know the key 'foo'.")
      .and.include('Nothing matches “foo:bar”.');
  });

  it('lists pages and actions by the beginnings of words of their titles', async () => {
    const all = await manager.visit('/search');
    expect(all.links).to.include.members([
      'Add user',
      'Settings → Custom fields',
      'Reports → Ageing',
      'Your tasks',
    ]);
    const found = await manager.visit('/search?q=cust+FI');
    expect(found.links).to.include('Settings → Custom fields').and.not.include('Add user');
    expect((await found.follow('Settings → Custom fields')).h1).to.equal('Custom fields');
  });

  it('is reached by the form in the head of other pages', async () => {
    const { html } = await manager.visit('/users');
    expect(html).to.match(/<form class="search" method="get" role="search" action="\/search"/);
    expect(html.indexOf('id="search-all"')).to.be.greaterThan(0);
    expect((await manager.visit('/search')).html).not.to.include('id="search-all"');
  });

  it('uses the words of the tenant', async () => {
    const b2b = await createTenant(portal);
    await sql(portal, `update tenants set vocabulary = 'b2b' where id = $1`, [b2b.id]);
    portal.directory.clear();
    const page = await (await signedInStaff(portal, b2b)).visit('/search?q=add+customer');
    expect(page.links).to.include('Add customer');
  });

  it('shows only what the user may see and do', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit('/search?q=quartz');
    expect(page.links).to.include.members(['Quartz Lovelace', 'QUARTZ-1']).and.not.include('Show in Emails');
    const commands = await driver.visit('/search');
    expect(commands.links).to.not.include('Add user').and.not.include('Settings → Custom fields');
  });

  it('accepts any text', async () => {
    for (const q of [
      '%',
      '"',
      "'",
      '\\',
      '-',
      ':',
      '\u0000',
      'name:!',
      '-"',
      '\ud83d',
      'x'.repeat(3_000),
      '𳑺',
    ])
      expect((await manager.visit(`/search?q=${encodeURIComponent(q.toWellFormed())}`)).status, q).to.equal(
        200,
      );
    expect((await manager.visit('/search?q=a&q=b&q[x]=c')).status).to.equal(200);
  });

  it('redirects anonymous users to the login page', async () => {
    const page = await new Visitor(portal, tenant.operations).visit('/search?q=quartz');
    expect(page.path).to.equal('/login');
  });

  it('finds nothing of another tenant', async () => {
    const other = await createTenant(portal);
    const page = await (await signedInStaff(portal, other)).visit('/search?q=quartz');
    expect(page.text).to.include('Nothing matches “quartz”.');
  });
});
