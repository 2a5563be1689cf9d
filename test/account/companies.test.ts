import { expect } from 'chai';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

describe('GET /account/companies', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('groups companies by their parent, marks the chosen one and shows statuses', async () => {
    const group = await createCompany(portal, tenant, { name: 'Harbour Group' });
    const branch = await createCompany(portal, tenant, {
      name: 'Harbour North',
      parent_id: group.id,
      status: 'on_hold',
    });
    const stranger = await createCompany(portal, tenant, { name: 'Secret Holding' });
    const other = await createCompany(portal, tenant, { name: 'Quay Books', parent_id: stranger.id });
    const member = await signedInCustomer(portal, tenant, { companies: [group, branch, other] });
    const page = await (await member.visit(`/account/companies/${branch.id}`)).follow('Switch account');
    expect([page.path, page.h1]).to.eql(['/account/companies', 'Switch account']);
    const cards = page.findAll('main section').map(({ text }) => text.replace(/\s+/g, ' ').trim());
    expect(cards).to.eql(['Harbour Group Harbour North Chosen now On hold', 'Quay Books']);
    expect(page.findAll('main h2 a')[1]!.getAttribute('href')).to.equal(`/account/companies/${other.id}`);
  });

  it('has the own account of a customer who also acts for a company', async () => {
    const shop = await createCompany(portal, tenant, { name: 'Shop' });
    const renter = await signedInCustomer(portal, tenant);
    await createMembership(portal, tenant, renter.person, { company: shop, roles: ['view_only'] });
    const page = await (await renter.visit('/account/billing')).follow('Switch account');
    expect(page.findAll('main section')[0]!.text).to.include('Your own account').and.include('Chosen now');
  });

  it('leads a customer with one context there, who has no link to it', async () => {
    const shop = await createCompany(portal, tenant);
    const member = await signedInCustomer(portal, tenant, { company: shop });
    const page = await member.visit('/account/companies');
    expect(page.path).to.equal(`/account/companies/${shop.id}`);
    expect(page.links).not.to.include('Switch account');
  });

  it('does not have blocked companies', async () => {
    const [north, south, west] = [
      await createCompany(portal, tenant, { name: 'North' }),
      await createCompany(portal, tenant, { name: 'South' }),
      await createCompany(portal, tenant, { name: 'West' }),
    ];
    const member = await signedInCustomer(portal, tenant, { companies: [north, south, west] });
    await sql(portal, `update companies set status = 'blocked' where id = $1`, [west.id]);
    expect((await member.visit('/account/companies')).text)
      .to.include('South')
      .and.not.include('West');
  });

  it('redirects anonymous users to the login page', async () => {
    const { status, headers } = await new Visitor(portal, tenant.account).get('/account/companies');
    expect([status, headers['location']]).to.eql([303, '/account/login?next=%2Faccount%2Fcompanies']);
  });
});
