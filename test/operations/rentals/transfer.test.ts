import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The transfer of a rental', () => {
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

  it('transfers to another unit after the sum was shown', async () => {
    const { id } = await start({}, addDays(today, -1));
    const unit = await rentals.unit('T9');
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Transfer');
    const label = page.find(`option[value="${unit.id}"]`)!.text;
    const shown = await page.submit('Transfer', { Unit: label, Price: '150' });
    expect(shown.status).to.equal(200);
    expect(shown.text).to.match(/To be paid: \$\d+\.\d\d/);
    expect(await rentals.rental(id)).to.include({ status: 'active' });
    const saved = await shown.submit('Transfer');
    expect(saved.h1).to.include('T9');
    expect(await rentals.rental(id)).to.include({ status: 'ended' });
    expect(await events(id)).to.include('rental.transferred');
  });
});
