import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The cancellation of a reservation', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let rentals: TestRentals;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'UTC' }));
  });
  beforeEach(async () => {
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });
  after(() => portal.close());

  const start = async (values: Parameters<TestRentals['moveIn']>[1] = {}, day = today) =>
    accepted(await rentals.moveIn(day, { today, ...values })).rental;

  const events = (id: string) => findEventNamesOf(portal, id);

  it('cancels a reservation with a reason', async () => {
    const { id } = await start({}, addDays(today, 5));
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Cancel reservation');
    const saved = await page.submit('Cancel reservation', { Reason: 'Changed plans' });
    expect(saved.badges).to.include('Cancelled');
    expect(await events(id)).to.include('rental.cancelled');
  });
});
