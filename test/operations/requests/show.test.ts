import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { requestNameChange, requestTransfer } from '../../../src/domain/request/send-request.ts';
import { signedInStaff } from '../../support/factories.ts';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('Requests', () => {
  const suite = startRentals();

  it('to move out set the last day when they are approved', async () => {
    const { id, rental, wanted_on } = await suite.askMoveOut();
    const page = await suite.manager.visit(`/requests/${id}`);
    expect(page.text).to.include('We move').and.include('Given back:');
    const saved = await page.submit('Approve');
    expect(saved.badges).to.include('Approved');
    expect(await suite.rentals.rental(rental.id)).to.include({ ends_on: wanted_on });
    expect(await suite.events(id)).to.eql(['request.sent', 'request.approved']);
    expect((await page.submit('Approve')).status).to.equal(422);
  });

  it('are declined with a reason', async () => {
    const { id, rental } = await suite.askMoveOut();
    const page = await suite.manager.visit(`/requests/${id}`);
    expect((await page.submit('Decline')).errors).to.eql(['Enter a reason']);
    const saved = await page.submit('Decline', { Reason: 'Minimum term' });
    expect(saved.badges).to.include('Declined');
    expect(saved.text).to.include('Minimum term');
    expect(await suite.rentals.rental(rental.id)).to.include({ ends_on: null });
  });

  it('to move to another unit need a unit', async () => {
    const { rental } = accepted(await suite.rentals.moveIn(today));
    const customer = await suite.actor();
    const unit = await suite.rentals.unit();
    const values = { rental_id: rental.id, wanted_on: addDays(today, 20), comment: null };
    const choice = { to_unit_id: null, to_unit_type_id: unit.type.id };
    const { request } = accepted(
      await suite.rentals.on(today, (db, billing) =>
        requestTransfer(db, customer, billing, suite.rentals.owner, { ...values, ...choice }),
      ),
    );
    const page = await suite.manager.visit(`/requests/${request.id}`);
    expect((await page.submit('Approve')).errors).to.eql(['Select a unit']);
    const label = page.find(`option[value="${unit.id}"]`)!.text;
    const saved = await page.submit('Approve', { Unit: label });
    expect(saved.badges).to.include('Approved');
    expect(await suite.rentals.rental(rental.id)).to.include({ ends_on: addDays(today, 19) });
  });

  it('to change a name change it', async () => {
    const customer = await suite.actor();
    const { request } = accepted(
      await suite.rentals.on(today, (db) =>
        requestNameChange(db, customer, { first_name: 'Anna', last_name: 'Berg', comment: null }),
      ),
    );
    const page = await suite.manager.visit(`/requests/${request.id}`);
    expect(page.text).to.include('Anna Berg');
    expect((await page.submit('Approve')).badges).to.include('Completed');
    expect((await suite.manager.visit(`/users/${customer.person.id}`)).h1).to.equal('Anna Berg');
  });

  it('are hidden from staff who may not decide', async () => {
    const { id } = await suite.askMoveOut();
    const driver = await signedInStaff(suite.portal, suite.tenant, 'driver');
    expect((await driver.get(`/requests/${id}`)).status).to.equal(403);
    expect((await driver.post(`/requests/${id}/approval`, '')).status).to.equal(403);
  });
});
