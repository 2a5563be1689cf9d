import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCustomer, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { createUnit, insertRental } from '../../support/units.ts';

describe('Blocking a unit', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('asks for a reason, shows it, and can be taken back', async () => {
    const unit = await createUnit(portal, tenant, { code: 'B1' });
    const confirm = await (await manager.visit(`/units/${unit.id}`)).follow('Block');
    expect(confirm.h1).to.equal('Block B1?');
    expect((await confirm.submit('Block unit')).errors).to.deep.equal(['Enter a reason']);
    const page = await confirm.submit('Block unit', { Reason: 'Being cleaned' });
    expect(page.badges).to.include('Blocked');
    expect(page.text).to.include('Blocked: Being cleaned');
    expect((await confirm.submit('Block unit', { Reason: 'Again' })).errors).to.deep.equal([
      'This unit is blocked already',
    ]);
    const free = await page.submit('Unblock');
    expect(free.badges).to.include('Available');
    expect(await findEventNamesOf(portal, unit.id)).to.deep.equal(['unit.blocked', 'unit.unblocked']);
  });

  it('is refused for an occupied unit, naming the customer', async () => {
    const unit = await createUnit(portal, tenant, { code: 'B2' });
    const customer = await createCustomer(portal, tenant);
    const confirm = await manager.visit(`/units/${unit.id}/block`);
    await insertRental(portal, tenant, unit.id, {
      owner: { user_id: customer.id },
      ends_on: '2026-12-31',
    });
    const page = await confirm.submit('Block unit', { Reason: 'Broken door' });
    expect(page.status).to.equal(422);
    expect(page.errors).to.deep.equal([`B2 is rented to ${customer.name} until Dec 31, 2026`]);
    const shown = await manager.visit(`/units/${unit.id}`);
    expect(shown.badges).to.include('Occupied');
    expect(shown.links).not.to.include('Block');
  });

  it('of a reserved unit needs a confirmation, lists the reservation and keeps it', async () => {
    const unit = await createUnit(portal, tenant, { code: 'B3' });
    const customer = await createCustomer(portal, tenant);
    await insertRental(portal, tenant, unit.id, {
      owner: { user_id: customer.id },
      status: 'reserved',
      starts_on: '2030-01-01',
    });
    const confirm = await manager.visit(`/units/${unit.id}/block`);
    expect(confirm.text).to.include(customer.name).and.include('Jan 1, 2030');
    const refused = await confirm.submit('Block unit', { Reason: 'Broken door' });
    expect(refused.errors).to.deep.equal(['Tick the box to block the unit although it is reserved']);
    const page = await confirm.submit('Block unit', {
      Reason: 'Broken door',
      'Block it although it is reserved': true,
    });
    expect(page.badges).to.include('Blocked');
    expect(page.rows(customer.name)[0]).to.include('Reserved');
    expect((await page.submit('Unblock')).badges).to.include('Reserved');
  });
});
