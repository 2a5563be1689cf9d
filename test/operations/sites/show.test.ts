import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
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
import { TestRentals } from '../../support/rentals.ts';
import { createSite, createUnit, insertRental } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A site', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('lists its units, not those of other sites, and finds them by the beginning of the code', async () => {
    const site = await createSite(portal, tenant, 'Listing');
    for (const code of ['U10', 'U2', 'V1']) await createUnit(portal, tenant, { code, site });
    await createUnit(portal, tenant, { code: 'ELSEWHERE' });
    const page = await manager.visit(`/sites/${site.id}`);
    expect(page.rows().map((row) => row.split(' ')[0])).to.deep.equal(['U2', 'U10', 'V1']);
    const found = await page.submit('Search', { Search: 'u' });
    expect(found.rows()).to.have.length(2);
    expect((await page.submit('Search', { Search: 'zz' })).text).to.include('No units match');
  });

  it('is edited', async () => {
    const site = await createSite(portal, tenant, 'Before');
    const form = await (await manager.visit(`/sites/${site.id}`)).follow('Edit');
    const page = await form.submit('Save changes', { Name: 'After', Address: '2 Street' });
    expect(page.h1).to.equal('After');
    const [event] = await findEventsOf(portal, site.id);
    expect(event).to.deep.include({
      event: 'site.updated',
      changes: { name: ['Before', 'After'], address: [null, '2 Street'] },
    });
  });

  it('is refused with the name of another site, and when it was changed meanwhile', async () => {
    const site = await createSite(portal, tenant, 'Original');
    await createSite(portal, tenant, 'Neighbour');
    const form = await manager.visit(`/sites/${site.id}/edit`);
    const taken = await form.submit('Save changes', { Name: 'neighbour' });
    expect(taken.errors).to.deep.equal(['A site with this name already exists']);
    await form.submit('Save changes', { Name: 'First change' });
    const stale = await form.submit('Save changes', { Name: 'Second change' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this after you opened this page');
    expect(stale.find('#stored')!.text).to.include('First change');
    expect((await stale.submit('Save changes')).h1).to.equal('Second change');
  });

  it('is archived only without occupied and reserved units', async () => {
    const site = await createSite(portal, tenant, 'Full');
    const unit = await createUnit(portal, tenant, { code: 'A1', site });
    const customer = await createCustomer(portal, tenant);
    await insertRental(portal, tenant, unit.id, { owner: { user_id: customer.id } });
    const form = await manager.visit(`/sites/${site.id}/edit`);
    const refused = await form.submit('Save changes', { Status: 'Archived' });
    expect(refused.errors).to.deep.equal(['This site has units that are occupied or reserved']);

    const empty = await createSite(portal, tenant, 'Empty');
    const page = await (
      await manager.visit(`/sites/${empty.id}/edit`)
    ).submit('Save changes', { Status: 'Archived' });
    expect(page.badges).to.include('Archived');
    expect(page.links).not.to.include('Add unit');
  });

  /** A site with a unit into which a customer moves, and the form that archives it. */
  const startSite = async () => {
    const site = await createSite(portal, tenant, `Site ${newId().slice(-6)}`);
    const unit = await createUnit(portal, tenant, { code: newId().slice(-6), site });
    const rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    const form = await manager.visit(`/sites/${site.id}/edit`);
    return {
      id: site.id,
      moveIn: () => rentals.moveIn('2026-06-01', { unit_id: unit.id }),
      archive: () => form.submit('Save changes', { Status: 'Archived' }),
    };
  };

  it('is either archived or gets a rental when both happen at the same moment', async () => {
    for (let n = 0; n < 6; n += 1) {
      const { moveIn, archive } = await startSite();
      const [moved, page] = await Promise.all([moveIn(), archive()]);
      expect([moved.ok, page.status]).to.be.deep.oneOf([
        [true, 422],
        [false, 200],
      ]);
    }
  });

  it('gets no rental from a move-in that waits for the transaction which archives it', async () => {
    const { id, moveIn } = await startSite();
    const client = await portal.owner.connect();
    await client.query('begin');
    await client.query(`update sites set status = 'archived' where id = $1`, [id]);
    const moving = moveIn();
    await setTimeout(300);
    await client.query('commit');
    client.release();
    expect(await moving).to.have.nested.property('errors[0].code', 'site_archived');
  });

  it('returns 404 for the site of another tenant', async () => {
    const other = await createTenant(portal);
    const site = await createSite(portal, other);
    expect((await manager.visit(`/sites/${site.id}`)).status).to.equal(404);
    expect((await manager.visit(`/sites/${site.id}/edit`)).status).to.equal(404);
    expect(
      (await manager.postFrom(await manager.visit('/units'), `/sites/${site.id}`, { name: 'Mine' })).status,
    ).to.equal(404);
  });

  it('returns 403 to staff without the permission and redirects anonymous users', async () => {
    const site = await createSite(portal, tenant, 'Guarded');
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/sites/${site.id}`)).links).not.to.include('Edit');
    expect((await driver.visit(`/sites/${site.id}/edit`)).status).to.equal(403);
    expect(
      (await driver.postFrom(await driver.visit('/units'), `/sites/${site.id}`, { name: 'Forced' })).status,
    ).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(`/sites/${site.id}`)).path).to.equal('/login');
  });
});
