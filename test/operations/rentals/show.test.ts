import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findEventNamesOf } from '../../support/audit.ts';
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

  const events = (id: string) => findEventNamesOf(portal, id);

  it('shows the periods, invoices, prices and history', async () => {
    const { id } = await start({ deposit: 50_00n });
    const page = await manager.visit(`/rentals/${id}`);
    expect(page.text)
      .to.include('Billed periods')
      .and.include('INV-')
      .and.include('$150.00')
      .and.include('Moved in');
  });

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
    ['', 'Enter a value'],
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

  it('completes a move-out with a part of the deposit kept', async () => {
    const { id } = await start({ deposit: 100_00n });
    accepted(await rentals.notice(today, id, today));
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Complete move-out');
    expect(page.text).to.include('$100.00 of deposit are held');
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

  it('cancels a reservation with a reason', async () => {
    const { id } = await start({}, addDays(today, 5));
    const page = await (await manager.visit(`/rentals/${id}`)).follow('Cancel reservation');
    const saved = await page.submit('Cancel reservation', { Reason: 'Changed plans' });
    expect(saved.badges).to.include('Cancelled');
    expect(await events(id)).to.include('rental.cancelled');
  });

  it('completes a move-in once the agreement is signed', async () => {
    await portal.owner.query(
      'update billing_settings set is_agreement_required = true where tenant_id = $1',
      [tenant.id],
    );
    await portal.owner.query(
      `insert into agreement_versions (tenant_id, id, locale, number, body)
       values ($1, gen_random_uuid(), 'en', 1, 'For {{customer}}')`,
      [tenant.id],
    );
    const { id } = await start({ is_reserved: true });
    const page = await manager.visit(`/rentals/${id}`);
    expect(page.text).to.include('The agreement is not signed yet');
    expect((await page.submit('Complete move-in')).errors).to.eql(['The agreement must be signed first']);
    const agreement = await page.follow('Sign agreement');
    expect(agreement.text).to.include(`For ${rentals.company.name}`);
    const signed = await agreement.submit('Sign agreement', { 'Your full name': 'Ann Lee' });
    expect(signed.text).to.include('Signed by Ann Lee');
    expect(signed.badges).to.include('Active');
    expect(await events(id)).to.include.members(['agreement.signed', 'rental.started', 'rental.reserved']);
    await portal.owner.query(
      'update billing_settings set is_agreement_required = false where tenant_id = $1',
      [tenant.id],
    );
  });

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
