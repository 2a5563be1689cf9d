import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The move-out of a rental', () => {
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

  it('completes a move-out with a part of the deposit kept', async () => {
    const { id } = await start({ deposit: 100_00n });
    accepted(await rentals.notice(today, id, today));
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Complete move-out');
    expect(page.text).to.include('A deposit of $100.00 is held');
    const refused = await page.submit('Complete move-out', { 'Amount to keep': '100.01', Reason: 'Door' });
    expect(refused.errors).to.eql(['100.00 of the deposit can be kept']);
    const saved = await refused.submit('Complete move-out', { 'Amount to keep': '45', Reason: 'Door' });
    expect(saved.badges).to.include('Ended');
    expect(await rentals.balance()).to.include({ deposit: '0' });
    expect(await events(id)).to.include.members(['rental.ended', 'rental.deposit_settled']);
  });

  it('settles the deposit of a rental that the billing run has ended', async () => {
    const { id } = await start({ deposit: 100_00n });
    await portal.owner.query(
      `update rentals set status = 'ended', ends_on = $2, next_period_on = null where id = $1`,
      [id, today],
    );
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Settle deposit');
    const saved = await page.submit('Settle deposit');
    expect(saved.links).not.to.include('Settle deposit');
    expect(await rentals.balance()).to.include({ deposit: '0' });
  });
});
