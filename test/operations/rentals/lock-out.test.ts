import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The lock-out of a rental', () => {
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

  it('locks out with a reason and unlocks', async () => {
    const { id } = await start();
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Lock out');
    expect((await page.submit('Lock out')).errors).to.eql(['Enter a reason']);
    const locked = await page.submit('Lock out', { Reason: 'Fire door' });
    expect(locked.badges).to.include('Locked out');
    expect(locked.text).to.include('Fire door');
    const unlocked = await (await locked.follow('Unlock')).submit('Unlock');
    expect(unlocked.badges).not.to.include('Locked out');
    expect(await events(id)).to.include.members(['rental.locked_out', 'rental.unlocked']);
  });
});
