import { expect } from 'chai';
import { actAs, systemActor } from '../../../src/domain/actor.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import {
  requestMoveOut,
  requestNameChange,
  requestTransfer,
} from '../../../src/domain/request/send-request.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  signedInStaff,
  type TestTenant,
  type TestPerson,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('Requests', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let rentals: TestRentals;
  let customer: TestPerson;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'UTC' }));
  });
  beforeEach(async () => {
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    customer = await createCustomer(portal, tenant);
  });
  after(() => portal.close());

  const actor = () => actAs(systemActor('Tests'), { ...customer, audience: 'customer' });

  const askMoveOut = async () => {
    const { rental } = accepted(await rentals.moveIn(today));
    const wanted_on = addDays(today, 20);
    const values = { rental_id: rental.id, wanted_on, comment: 'We move' };
    const { request } = accepted(
      await rentals.on(today, (db, billing) => requestMoveOut(db, actor(), billing, rentals.owner, values)),
    );
    return { rental, id: request.id, wanted_on };
  };

  it('to move out set the last day when they are approved', async () => {
    const { id, rental, wanted_on } = await askMoveOut();
    const page = await manager.visit(`/requests/${id}`);
    expect(page.text).to.include('We move').and.include('Given back:');
    const saved = await page.submit('Approve');
    expect(saved.badges).to.include('Approved');
    expect(await rentals.rental(rental.id)).to.include({ ends_on: wanted_on });
    expect(await findEventNamesOf(portal, id)).to.eql(['request.sent', 'request.approved']);
    expect((await page.submit('Approve')).status).to.equal(422);
  });

  it('are declined with a reason', async () => {
    const { id, rental } = await askMoveOut();
    const page = await manager.visit(`/requests/${id}`);
    expect((await page.submit('Decline')).errors).to.eql(['Enter a reason']);
    const saved = await page.submit('Decline', { Reason: 'Minimum term' });
    expect(saved.badges).to.include('Declined');
    expect(saved.text).to.include('Minimum term');
    expect(await rentals.rental(rental.id)).to.include({ ends_on: null });
  });

  it('to move to another unit need a unit', async () => {
    const { rental } = accepted(await rentals.moveIn(today));
    const unit = await rentals.unit();
    const values = { rental_id: rental.id, wanted_on: addDays(today, 20), comment: null };
    const choice = { to_unit_id: null, to_unit_type_id: unit.type.id };
    const { request } = accepted(
      await rentals.on(today, (db, billing) =>
        requestTransfer(db, actor(), billing, rentals.owner, { ...values, ...choice }),
      ),
    );
    const page = await manager.visit(`/requests/${request.id}`);
    expect((await page.submit('Approve')).errors).to.eql(['Select a unit']);
    const label = page.find(`option[value="${unit.id}"]`)!.text;
    const saved = await page.submit('Approve', { Unit: label });
    expect(saved.badges).to.include('Approved');
    expect(await rentals.rental(rental.id)).to.include({ ends_on: addDays(today, 19) });
  });

  it('to change a name change it', async () => {
    const { request } = accepted(
      await rentals.on(today, (db) =>
        requestNameChange(db, actor(), { first_name: 'Anna', last_name: 'Berg', comment: null }),
      ),
    );
    const page = await manager.visit(`/requests/${request.id}`);
    expect(page.text).to.include('Anna Berg');
    expect((await page.submit('Approve')).badges).to.include('Completed');
    expect((await manager.visit(`/users/${customer.id}`)).h1).to.equal('Anna Berg');
  });

  it('are hidden from staff who may not decide', async () => {
    const { id } = await askMoveOut();
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(`/requests/${id}`)).status).to.equal(403);
    expect((await driver.post(`/requests/${id}/approval`, '')).status).to.equal(403);
  });
});
