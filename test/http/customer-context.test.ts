import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

const NO_COMPANY = 'You are not in a company. Contact Acme Storage.';

describe('the context of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const company = (name?: string) => createCompany(portal, tenant, { ...(name && { name }) });
  const setStatus = (id: string, status: string) =>
    sql(portal, 'update companies set status = $2 where id = $1', [id, status]);

  it('is oneself for a private customer, also after linking to a company with other roles', async () => {
    const renter = await signedInCustomer(portal, tenant);
    const shop = await company();
    await createMembership(portal, tenant, renter.person, { company: shop, roles: [] });
    for (const path of ['/account/billing', '/account/units']) {
      const page = await renter.visit(path);
      expect([page.status, page.path]).to.eql([200, path]);
    }
    expect((await renter.visit(`/account/companies/${shop.id}/billing`)).status).to.equal(403);
  });

  it('is not oneself for a customer who was created in a company and left it', async () => {
    const shop = await company();
    const member = await signedInCustomer(portal, tenant, { company: shop });
    await sql(portal, 'delete from memberships where user_id = $1', [member.person.id]);
    const page = await member.visit('/account/billing');
    expect(page.status).to.equal(403);
    expect(page.text).to.include(NO_COMPANY);
    const start = await member.visit('/account');
    expect(start.status).to.equal(200);
    expect(start.text).to.include(NO_COMPANY);
    expect(start.links).not.to.include('Billing');
  });

  it('is the only company for a customer of one company, who is redirected there', async () => {
    const shop = await company();
    const page = await (await signedInCustomer(portal, tenant, { company: shop })).visit('/account/billing');
    expect(page.path).to.equal(`/account/companies/${shop.id}/billing`);
    expect(page.status).to.equal(200);
  });

  it('is chosen by a customer of several companies, from those with the permission', async () => {
    const [north, south, west] = [await company('North'), await company('South'), await company('West')];
    const member = await signedInCustomer(portal, tenant, { companies: [south, north] });
    await createMembership(portal, tenant, member.person, { company: west, roles: ['unit_manager'] });
    const page = await member.visit('/account/billing');
    expect([page.status, page.path]).to.eql([200, '/account/billing']);
    expect(page.h1).to.equal('Choose a company');
    const main = page.find('main')!.text;
    expect(main).to.include('North').and.include('South').and.not.include('West');
    const chosen = await page.follow('South', { within: 'South' });
    expect(chosen.path).to.equal(`/account/companies/${south.id}/billing`);
    expect(chosen.h1).to.equal('Billing');
  });

  it('cannot be chosen when no company gives the permission', async () => {
    const companies = [await company(), await company()];
    const member = await signedInCustomer(portal, tenant, { companies, roles: [] });
    const page = await member.visit('/account/billing');
    expect(page.status).to.equal(403);
    expect(page.text).to.include('Ask a Company Admin for a role with this permission: See billing history.');
  });

  it('ends with the next request when the only company is blocked, and returns when it is not', async () => {
    const shop = await company();
    const member = await signedInCustomer(portal, tenant, { company: shop });
    await setStatus(shop.id, 'blocked');
    for (const path of [
      '/account',
      '/account/billing',
      '/account/profile',
      `/account/companies/${shop.id}`,
    ]) {
      const { status, headers } = await member.get(path);
      expect([status, headers['location']], path).to.eql([
        303,
        `/account/login?next=${encodeURIComponent(path)}`,
      ]);
    }
    await setStatus(shop.id, 'active');
    expect((await member.visit('/account/billing')).status).to.equal(200);
  });

  it('stays when a customer of a blocked company also acts for themselves', async () => {
    const renter = await signedInCustomer(portal, tenant);
    const shop = await company();
    await createMembership(portal, tenant, renter.person, { company: shop, roles: [] });
    await setStatus(shop.id, 'blocked');
    expect((await renter.visit('/account/billing')).path).to.equal('/account/billing');
    expect((await renter.get(`/account/companies/${shop.id}`)).status).to.equal(404);
  });

  it('shows the same page for every company when the customer has no context left', async () => {
    const [shop, other] = [await company(), await company()];
    const member = await signedInCustomer(portal, tenant, { company: shop });
    await sql(portal, 'delete from memberships where user_id = $1', [member.person.id]);
    for (const id of [shop.id, other.id, newId(), 'unknown'])
      for (const path of ['', '/billing', '/units']) {
        const page = await member.visit(`/account/companies/${id}${path}`);
        expect(page.status, page.path).to.equal(403);
        expect(page.text, page.path).to.include(NO_COMPANY).and.not.include(shop.name);
      }
  });

  it('says what the status of the company means, without the reason', async () => {
    const shop = await company('Shop');
    const member = await signedInCustomer(portal, tenant, { company: shop });
    const texts = {
      pending: 'still setting up Shop',
      on_hold: 'Shop is on hold',
      archived: 'Shop is archived',
    };
    for (const [status, text] of Object.entries(texts)) {
      await sql(portal, "update companies set status = $2, status_reason = 'Secret' where id = $1", [
        shop.id,
        status,
      ]);
      for (const path of [`/account/companies/${shop.id}`, `/account/companies/${shop.id}/units`]) {
        const page = await member.visit(path);
        expect(page.text, path).to.include(text).and.not.include('Secret');
      }
    }
  });

  it('is the other company when one of two is blocked', async () => {
    const [open, blocked] = [await company(), await company()];
    const member = await signedInCustomer(portal, tenant, { companies: [open, blocked] });
    await setStatus(blocked.id, 'blocked');
    const page = await member.visit('/account/units');
    expect(page.path).to.equal(`/account/companies/${open.id}/units`);
    expect(page.text).not.to.include(blocked.name);
  });
});
