import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('A rental', () => {
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

  it('shows the periods, invoices, prices and history', async () => {
    const { id } = await start({ deposit: 50_00n });
    const page = await manager.visit(`/rentals/${id}`);
    expect(page.text)
      .to.include('Billed periods')
      .and.include('INV-')
      .and.include('$150.00')
      .and.include('Moved in');
  });
});
