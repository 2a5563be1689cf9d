import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The rent of a rental', () => {
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

  it('changes the rent after the first period was shown', async () => {
    const { id } = await start();
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Change rent');
    const early = await page.submit('Change rent', {
      'New price': '110',
      'Effective date': addDays(today, 3),
    });
    expect(early.errors[0]).to.match(/The earliest day is .* 14 days of notice/);
    const shown = await page.submit('Change rent', { 'New price': '110' });
    expect(shown.text).to.include('cost $110.00');
    const saved = await shown.submit('Change rent');
    expect(saved.rows('$110.00')).to.have.length(1);
    expect(await events(id)).to.include('rental.rent_changed');
  });
});
