import { expect } from 'chai';
import { findEventsOf } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { createUnit, insertRental } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A unit', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('shows its details and its present and past rentals with the customer', async () => {
    const unit = await createUnit(portal, tenant, { code: 'S1' });
    const company = await createCompany(portal, tenant, { name: 'Past Ltd' });
    const customer = await createCustomer(portal, tenant);
    const past = await insertRental(portal, tenant, unit.id, {
      owner: { company_id: company.id },
      status: 'ended',
      starts_on: '2025-01-01',
      ends_on: '2025-06-30',
    });
    const present = await insertRental(portal, tenant, unit.id, { owner: { user_id: customer.id } });
    const page = await manager.visit(`/units/${unit.id}`);
    expect(page.badges).to.include('Occupied');
    expect(page.text).to.include('The price of the type');
    const rows = page.rows();
    expect(rows[0]).to.include(customer.name).and.include('Active');
    expect(rows[1]).to.include('Past Ltd').and.include('Jun 30, 2025').and.include('Ended');
    expect(page.href('Past Ltd')).to.equal(`/rentals/${past.id}`);
    expect(page.href(customer.name)).to.equal(`/rentals/${present.id}`);
    expect(page.href(unit.site.name)).to.equal(`/sites/${unit.site.id}`);
  });

  it('leads to the move-in while it is available', async () => {
    const unit = await createUnit(portal, tenant, { code: 'V1' });
    const page = await manager.visit(`/units/${unit.id}`);
    expect(page.href('Move in')).to.equal(`/rentals/new?unit=${unit.id}`);
    const blocked = await createUnit(portal, tenant, { code: 'V2' });
    await manager.postFrom(page, `/units/${blocked.id}/block`, { reason: 'Cleaning' });
    expect((await manager.visit(`/units/${blocked.id}`)).links).not.to.include('Move in');
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/units/${unit.id}`)).links).not.to.include('Move in');
  });

  it('is edited: code, price and access code', async () => {
    const unit = await createUnit(portal, tenant, { code: 'E1' });
    const form = await (await manager.visit(`/units/${unit.id}`)).follow('Edit');
    const page = await form.submit('Save changes', { Code: 'E2', Price: '90', 'Access code': '1234' });
    expect(page.h1).to.equal('E2');
    expect(page.text).to.include('$90.00').and.not.include('1234');
    const [event] = await findEventsOf(portal, unit.id);
    expect(event).to.deep.include({
      event: 'unit.updated',
      changes: { code: ['E1', 'E2'], price: [null, '90.00'], access_code: ['•••', '•••'] },
    });
    const again = await page.follow('Edit');
    expect(again.form('Save changes').values()).to.deep.include({ price: '90.00', access_code: '' });
    const removed = await again.submit('Save changes', { Price: '', 'Remove the access code': true });
    expect(removed.text).to.include('The price of the type').and.include('No access code is stored');
  });

  it('is refused with bad values and the code of another unit at the site', async () => {
    const unit = await createUnit(portal, tenant, { code: 'D1' });
    await createUnit(portal, tenant, { code: 'D2', site: unit.site });
    const form = await manager.visit(`/units/${unit.id}/edit`);
    expect((await form.submit('Save changes', { Code: 'd2' })).errors).to.deep.equal([
      'The site has a unit d2 already',
    ]);
    for (const price of ['-1', '0', '1.001', '1000000000000000000'])
      expect((await form.submit('Save changes', { Price: price })).status, price).to.equal(422);
    const error = await form.submit('Save changes', { Code: '', 'Access code': 'secret-code' });
    expect(error.errors).to.deep.equal(['Enter a code']);
    expect(error.form('Save changes').values()).to.deep.include({ access_code: '' });
    await form.submit('Save changes', { Price: '50' });
    const stale = await form.submit('Save changes', { Price: '60' });
    expect(stale.errors[0]).to.include('Someone changed this after you opened this page');
    expect(stale.find('#stored')!.text).to.include('$50.00');
  });

  it('returns 404 for another tenant, 403 without the permission, and redirects anonymous users', async () => {
    const other = await createTenant(portal);
    const foreign = await createUnit(portal, other);
    const unit = await createUnit(portal, tenant, { code: 'G1' });
    const list = await manager.visit('/units');
    for (const path of ['', '/edit', '/block'])
      expect((await manager.visit(`/units/${foreign.id}${path}`)).status, path).to.equal(404);
    for (const path of ['', '/block', '/block/removal', '/access-code']) {
      const body = path === '/block' ? { reason: 'x' } : {};
      expect((await manager.postFrom(list, `/units/${foreign.id}${path}`, body)).status, path).to.equal(404);
    }
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/units/${unit.id}`);
    expect(page.links).not.to.include('Edit').and.not.to.include('Block');
    expect(page.text).not.to.include('Access code');
    for (const path of ['', '/block', '/block/removal', '/access-code'])
      expect((await driver.postFrom(page, `/units/${unit.id}${path}`)).status, path).to.equal(403);
    for (const path of ['/edit', '/block'])
      expect((await driver.visit(`/units/${unit.id}${path}`)).status, path).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(`/units/${unit.id}`)).path).to.equal('/login');
  });
});
