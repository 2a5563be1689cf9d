import { expect } from 'chai';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestCompany,
  type TestTenant,
} from '../support/factories.ts';
import type { Page } from '../support/page.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';

describe('the navigation of customers', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let north: TestCompany;
  let south: TestCompany;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    north = await createCompany(portal, tenant, { name: 'North' });
    south = await createCompany(portal, tenant, { name: 'South' });
  });

  const linksOf = (page: Page, label: string) =>
    page.root
      .querySelectorAll(`nav[aria-label="${label}"] a`)
      .map((link) => [link.text.trim(), link.getAttribute('href')!]);
  const switcher = (page: Page) => linksOf(page, 'Company');
  const main = (page: Page) => linksOf(page, 'Main');
  const current = (page: Page) => page.find('nav[aria-label="Company"] [aria-current="true"]')?.text.trim();
  const path = (company: TestCompany, rest: string) => `/account/companies/${company.id}${rest}`;

  async function memberOfTwo() {
    const member = await signedInCustomer(portal, tenant, { company: north, roles: ['view_only'] });
    await createMembership(portal, tenant, member.person, { company: south, roles: ['unit_manager'] });
    return member;
  }

  it('has no switcher for a customer with one context', async () => {
    const member = await signedInCustomer(portal, tenant, { company: north });
    const renter = await signedInCustomer(portal, tenant);
    for (const visitor of [member, renter])
      expect(switcher(await visitor.visit('/account/profile'))).to.eql([]);
  });

  it('leads to the pages of the only company', async () => {
    const member = await signedInCustomer(portal, tenant, { company: north, roles: ['accounts_payable'] });
    for (const start of ['/account', '/account/profile', path(north, '/billing')])
      expect(main(await member.visit(start)), start).to.eql([
        ['Billing', path(north, '/billing')],
        ['Documents', path(north, '/documents')],
      ]);
  });

  it('shows in each company only what the customer may open there', async () => {
    const member = await memberOfTwo();
    expect(main(await member.visit(path(south, '/units')))).to.eql([['Units', path(south, '/units')]]);
    expect(main(await member.visit(path(north, '/units')))).to.eql([
      ['Units', path(north, '/units')],
      ['Billing', path(north, '/billing')],
      ['Documents', path(north, '/documents')],
    ]);
  });

  it('leads to the choice of a company on pages of no company', async () => {
    const page = await (await memberOfTwo()).visit('/account/profile');
    expect(main(page)).to.eql([
      ['Units', '/account/units'],
      ['Billing', '/account/billing'],
      ['Documents', '/account/documents'],
    ]);
    expect(current(page)).to.equal(undefined);
    expect((await page.follow('Units')).h1).to.equal('Choose a company');
  });

  it('switches to the same page of the other company, else to its first page', async () => {
    const member = await memberOfTwo();
    const units = await member.visit(path(north, '/units'));
    expect(current(units)).to.equal('North');
    expect(switcher(units)).to.eql([
      ['North', path(north, '/units')],
      ['South', path(south, '/units')],
    ]);
    const west = await createCompany(portal, tenant, { name: 'West' });
    await createMembership(portal, tenant, member.person, { company: west, roles: ['view_only'] });
    expect(switcher(await member.visit(path(north, '/billing')))).to.eql([
      ['North', path(north, '/billing')],
      ['South', path(south, '/units')],
      ['West', path(west, '/billing')],
    ]);
  });

  it('switches from the start page of a context to the start page of the other', async () => {
    const start = await (await memberOfTwo()).visit(path(north, ''));
    expect(switcher(start)).to.eql([
      ['North', path(north, '')],
      ['South', path(south, '')],
    ]);
  });

  it('switches between oneself and a company, and to the start page of a company without pages', async () => {
    const renter = await signedInCustomer(portal, tenant);
    await createMembership(portal, tenant, renter.person, { company: south, roles: [] });
    const page = await renter.visit('/account/billing');
    expect(current(page)).to.equal('Your own account');
    expect(switcher(page)).to.eql([
      ['Your own account', '/account/billing'],
      ['South', path(south, '')],
    ]);
    const start = await page.follow('South');
    expect(start.text).to.include('No pages for your role yet');
    expect(main(start)).to.eql([]);
    expect(switcher(start)[0]).to.eql(['Your own account', '/account']);
  });
});
