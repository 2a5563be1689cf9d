import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The charges of a rental', () => {
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

  it('gets a charge and a discount, which end', async () => {
    const { id } = await start();
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Add charge');
    const neither = await page.submit('Add charge', { Description: 'Insurance' });
    expect(neither.errors).to.eql(['Enter an amount, or the percentage of a discount']);
    const saved = await page.submit('Add charge', { Description: 'Insurance', Amount: '9.50' });
    expect(saved.rows('Insurance')[0]).to.include('$9.50');
    const ended = await saved.submit('End');
    expect(ended.buttons).not.to.include('End');
    const form = await ended.follow('Add charge');
    const discounted = await form.submit('Add charge', {
      Kind: 'Discount',
      Description: 'Friend',
      'Percentage of the rent': '12.5',
    });
    expect(discounted.rows('Friend')[0]).to.include('−12.5 %');
    expect(await events(id)).to.include.members(['rental.charge_added', 'rental.charge_ended']);
  });
});
