import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { createSite, createUnit, createUnitType, insertRental } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Sites', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('explains sites when there are none', async () => {
    const other = await createTenant(portal);
    const page = await (await signedInStaff(portal, other)).visit('/sites');
    expect(page.text).to.include('Add your first site');
    expect(page.links).to.include('Add site');
    const driver = await (await signedInStaff(portal, other, 'driver')).visit('/sites');
    expect(driver.text).to.include('Add your first site');
    expect(driver.links).not.to.include('Add site');
  });

  it('are found in the navigation', async () => {
    const page = await (await manager.visit('/users')).follow('Units');
    expect(page.path).to.equal('/units');
    const sites = await page.follow('Sites');
    expect(sites.path).to.equal('/sites');
    expect((await sites.follow('Unit types')).path).to.equal('/unit-types');
  });

  it('show how many units are occupied, reserved, available and blocked', async () => {
    const site = await createSite(portal, tenant, 'Occupancy');
    const type = await createUnitType(portal, tenant, { name: 'Occupancy' });
    const customer = await createCustomer(portal, tenant);
    const owner = { user_id: customer.id };
    const units = [];
    for (const code of ['A', 'B', 'C', 'D', 'E'])
      units.push(await createUnit(portal, tenant, { code, site, type }));
    await insertRental(portal, tenant, units[0]!.id, { owner });
    await insertRental(portal, tenant, units[1]!.id, { owner });
    await insertRental(portal, tenant, units[2]!.id, { owner, status: 'reserved', starts_on: '2030-01-01' });
    const block = await manager.visit(`/units/${units[3]!.id}/block`);
    await block.submit('Block unit', { Reason: 'Broken door' });
    const list = await manager.visit('/sites');
    expect(list.rows('Occupancy')).to.deep.equal(['Occupancy 5 2 1 1 1']);
    const page = await list.follow('Occupancy');
    expect(page.path).to.equal(`/sites/${site.id}`);
    expect(page.text).to.include('Occupied 2');
    expect(page.rows('Blocked')[0]).to.include('D');
  });

  it('are added with a name and an address', async () => {
    const form = await (await manager.visit('/sites')).follow('Add site');
    const page = await form.submit('Add site', { Name: ' South Quay ', Address: '1 Quay\nLondon' });
    expect(page.h1).to.equal('South Quay');
    expect(page.flashes).to.deep.equal(['South Quay was added.']);
    expect(page.text).to.include('1 Quay');
    const [event] = await findAuditEvents(portal, tenant, 'site.created');
    expect(event).to.deep.include({ target_name: 'South Quay', actor_name: manager.person.name });
  });

  it('are refused without a name and with the name of another site', async () => {
    await createSite(portal, tenant, 'Taken');
    const form = await manager.visit('/sites/new');
    const empty = await form.submit('Add site', { Name: ' ' });
    expect(empty.status).to.equal(422);
    expect(empty.errors).to.deep.equal(['Enter a name']);
    const taken = await form.submit('Add site', { Name: 'TAKEN' });
    expect(taken.status).to.equal(422);
    expect(taken.errors).to.deep.equal(['A site with this name already exists']);
  });

  it('return 403 to staff without the permission', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/sites')).status).to.equal(200);
    expect((await driver.visit('/sites/new')).status).to.equal(403);
    expect(
      (await driver.postFrom(await driver.visit('/units'), '/sites', { name: 'Forced' })).status,
    ).to.equal(403);
    const nothing = await signedInStaff(portal, tenant, null);
    expect((await nothing.visit('/sites')).status).to.equal(403);
  });

  it('redirect anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.operations);
    expect((await visitor.visit('/sites')).path).to.equal('/login');
    expect((await visitor.visit('/sites/new')).path).to.equal('/login');
  });
});
