import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The notice of a rental', () => {
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

  it('gives notice after the sum of the day was shown', async () => {
    const { id } = await start();
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Give notice');
    const last = addDays(today, 9);
    const shown = await page.submit('Give notice', { 'Last day': last });
    expect(shown.status).to.equal(200);
    expect(shown.text).to.match(/Given back: \$\d+\.\d\d/);
    expect(await rentals.rental(id)).to.include({ ends_on: null });
    const saved = await shown.submit('Give notice');
    expect(saved.badges).to.include('Notice given');
    expect(await rentals.rental(id)).to.include({ ends_on: last });
    expect(await events(id)).to.include('rental.notice_given');
  });

  for (const [value, error] of [
    ['2026-02-30', 'Enter a day that exists'],
    ['', 'Enter a date'],
    [addDays(today, -1), /from the move-in on/],
    [addDays(today, 400), 'Enter a day within a year'],
  ] as const)
    it(`refuses the last day ${JSON.stringify(value)}`, async () => {
      const { id } = await start();
      const page = await manager.visit(`/rentals/${id}/notice`);
      const refused = await page.submit('Give notice', { 'Last day': value });
      expect(refused.status).to.equal(422);
      expect(refused.errors[0]).to.match(new RegExp(error));
      expect(await rentals.rental(id)).to.include({ ends_on: null });
    });

  it('withdraws a notice', async () => {
    const { id } = await start();
    accepted(await rentals.notice(today, id, addDays(today, 9)));
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Withdraw notice');
    const saved = await page.submit('Withdraw notice');
    expect(saved.badges).not.to.include('Notice given');
    expect(await rentals.rental(id)).to.include({ ends_on: null });
    expect(await events(id)).to.include('rental.notice_withdrawn');
  });
});
