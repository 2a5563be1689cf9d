import { expect } from 'chai';
import { readBilledRentals } from '../../../src/domain/rental/billed-rentals.ts';
import { billDuePeriods } from '../../../src/domain/rental/notice.ts';
import { lockRental } from '../../../src/domain/rental/lock-rental.ts';
import { moveIn } from '../../../src/domain/rental/move-in.ts';
import { listRentableUnits } from '../../../src/domain/rental/rental-details.ts';
import { listAvailableTypes } from '../../../src/domain/unit-type/available-types.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { createUnit, createUnitType } from '../../support/units.ts';

describe('a move-in', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const billThrough = (id: string, day: string) =>
    rentals.on(day, async (db, billing) => billDuePeriods(db, billing, await lockRental(db, id), day));

  it('on the 31st bills the last day of shorter months, from the anchor', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-01-31'));
    await billThrough(rental.id, '2026-06-30');
    expect(await rentals.periods(rental.id)).to.eql([
      '2026-01-31 2026-02-27 10000',
      '2026-02-28 2026-03-30 10000',
      '2026-03-31 2026-04-29 10000',
      '2026-04-30 2026-05-30 10000',
      '2026-05-31 2026-06-29 10000',
      '2026-06-30 2026-07-30 10000',
    ]);
    expect((await rentals.invoices(rental.id)).map(({ total }) => total)).to.eql(Array(6).fill('10000'));
    await billThrough(rental.id, '2026-06-30');
    expect(await rentals.invoices(rental.id)).to.have.length(6);
  });

  it('on the 30th of January bills from the leap day', async () => {
    const { rental } = accepted(await rentals.moveIn('2028-01-30'));
    await billThrough(rental.id, '2028-04-30');
    expect((await rentals.periods(rental.id)).map((text) => text.slice(0, 10))).to.eql([
      '2028-01-30',
      '2028-02-29',
      '2028-03-30',
      '2028-04-30',
    ]);
  });

  for (const [given, first, second] of [
    [{}, '5484', '10000'],
    [{ proration: 'annual_365' }, '5589', '10000'],
    [{ first_invoice: 'stub_and_next' }, '15484', undefined],
  ] as const)
    it(`bills the days to the invoice day with ${JSON.stringify(given)}`, async () => {
      const billing = { cycle: 'day_of_month', invoice_day: 1, ...given } as const;
      const { rental } = accepted(await rentals.moveIn('2026-03-15', { billing }));
      expect((await rentals.invoices(rental.id)).map(({ total }) => total)).to.eql([first]);
      await billThrough(rental.id, '2026-04-01');
      expect((await rentals.invoices(rental.id)).map(({ total }) => total)).to.eql(
        second === undefined ? [first] : [first, second],
      );
    });

  it('on the invoice day bills no more than the price of the month', async () => {
    const billing = { cycle: 'day_of_month', invoice_day: 1, proration: 'annual_365' } as const;
    const { invoices } = accepted(await rentals.moveIn('2026-03-01', { billing }));
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([100_00n]);
  });

  it('in the past bills each period since with an invoice of its own, due today or later', async () => {
    const deposit = 50_00n;
    const { rental, invoices } = accepted(
      await rentals.moveIn('2026-03-10', { today: '2026-05-20', deposit }),
    );
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([150_00n, 100_00n, 100_00n]);
    expect((await rentals.invoices(rental.id)).map(({ due_on }) => due_on)).to.eql(
      Array(3).fill('2026-05-20'),
    );
    expect(await rentals.balance()).to.include({ receivable: '35000', deposit: '5000' });
    expect(await rentals.ledger('income')).to.equal('-30000');
    expect(await rentals.rental(rental.id)).to.include({ status: 'active', unit_status: 'occupied' });
  });

  it('has the price and the deposit of the unit if none is given', async () => {
    const type = await createUnitType(portal, tenant, {
      name: 'Large',
      price_cents: 70_00n,
      deposit_cents: 20_00n,
    });
    const unit = await createUnit(portal, tenant, { code: 'L1', type });
    const { invoices } = accepted(
      await rentals.moveIn('2026-05-20', { unit_id: unit.id, price: null, deposit: null }),
    );
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([90_00n]);
  });

  it('in the future reserves the unit with the first invoice and the deposit', async () => {
    const { rental, invoices } = accepted(
      await rentals.moveIn('2026-07-01', { today: '2026-05-20', deposit: 50_00n }),
    );
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([150_00n]);
    expect(await rentals.rental(rental.id)).to.include({
      status: 'reserved',
      unit_status: 'reserved',
      next_period_on: '2026-08-01',
    });
  });

  it('leaves a draft without postings when invoices are sent by hand', async () => {
    const { rental, invoices } = accepted(
      await rentals.moveIn('2026-05-20', { billing: { billing_trigger: 'manual' } }),
    );
    expect(invoices.map(({ label }) => label)).to.eql([null]);
    expect((await rentals.invoices(rental.id)).map(({ status }) => status)).to.eql(['draft']);
    expect(await rentals.balance()).to.include({ receivable: '0' });
    expect(await rentals.periods(rental.id)).to.have.length(1);
  });

  it('of an imported rental bills nothing up to the given day', async () => {
    const { rental } = accepted(
      await rentals.moveIn('2024-05-10', { today: '2026-05-20', billed_until: '2026-06-09' }),
    );
    expect((await rentals.periods(rental.id)).map((text) => text.slice(0, 10))).to.eql(['2026-06-10']);
  });

  it('uses the invoice day of the account', async () => {
    await rentals.moveIn('2026-03-01');
    await portal.owner.query('update billing_accounts set invoice_day = 15 where company_id = $1', [
      rentals.company.id,
    ]);
    const { rental } = accepted(await rentals.moveIn('2026-03-20'));
    expect((await rentals.periods(rental.id)).map((text) => text.slice(0, 21))).to.eql([
      '2026-03-20 2026-04-14',
    ]);
  });

  it('is refused on a day beyond a year, and reserved on a day in the past', async () => {
    const unit = await rentals.unit();
    const attempt = (starts_on: string, is_reserved = false) =>
      rentals.on('2026-05-20', (db, billing) =>
        moveIn(db, billingActor, billing, {
          customer: rentals.company.code,
          unit_id: unit.id,
          starts_on,
          interval: '1_month',
          price: 1n,
          deposit: 0n,
          tax_rate_id: null,
          is_reserved,
        }),
      );
    const codes = [
      await attempt('2027-05-21'),
      await attempt('2025-05-01'),
      await attempt('2026-05-19', true),
    ].map((result) => (result.ok ? 'ok' : result.errors[0]!.code));
    expect(codes).to.eql(['date_too_late', 'date_too_early', 'reservation_in_past']);
    expect((await attempt('2026-05-20', true)).ok).to.equal(true);
  });

  for (const status of ['on_hold', 'blocked', 'archived'])
    it(`is refused for a company that is ${status}`, async () => {
      await portal.owner.query('update companies set status = $2 where id = $1', [
        rentals.company.id,
        status,
      ]);
      const result = await rentals.moveIn('2026-05-20');
      expect(result).to.have.nested.property('errors[0].code', 'company_not_active');
    });

  it('is refused for a blocked unit, a retired tax rate and a unit that does not exist', async () => {
    const unit = await rentals.unit();
    const rate = await rentals.taxRate(200_000);
    await portal.owner.query(`update units set status = 'blocked', blocked_reason = 'Flood' where id = $1`, [
      unit.id,
    ]);
    await portal.owner.query('update tax_rates set is_retired = true where id = $1', [rate.id]);
    const errors = [
      await rentals.moveIn('2026-05-20', { unit_id: unit.id }),
      await rentals.moveIn('2026-05-20', { tax_rate_id: rate.id }),
      await rentals.moveIn('2026-05-20', { unit_id: rate.id }),
    ].map((result) => (result.ok ? 'ok' : result.errors[0]!.code));
    expect(errors).to.eql(['unit_is_blocked', 'invalid', 'invalid']);
  });

  it('is refused while another rental covers a day, naming it and the first free day', async () => {
    const unit = await rentals.unit('U12');
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { unit_id: unit.id }));
    const open = await rentals.moveIn('2026-06-10', { today: '2026-05-20', unit_id: unit.id });
    expect(open).to.have.nested.property('errors[0].code', 'unit_rented_from');
    accepted(await rentals.notice('2026-05-20', rental.id, '2026-06-30'));
    const refused = await rentals.moveIn('2026-06-30', { today: '2026-05-20', unit_id: unit.id });
    expect(refused).to.deep.include({
      errors: [
        {
          field: 'unit_id',
          code: 'unit_rented_to',
          params: {
            unit: 'U12',
            customer: rentals.company.name,
            start: '2026-05-20',
            day: '2026-06-30',
            free: '2026-07-01',
          },
        },
      ],
    });
    accepted(await rentals.moveIn('2026-07-01', { today: '2026-05-20', unit_id: unit.id }));
    expect(await rentals.rental(rental.id)).to.include({ unit_status: 'occupied' });
  });

  it('in the past is refused for days of a rental that has ended since', async () => {
    const unit = await rentals.unit();
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { unit_id: unit.id }));
    accepted(await rentals.notice('2026-05-20', rental.id, '2026-06-30'));
    accepted(await rentals.complete('2026-07-01', rental.id));
    const refused = await rentals.moveIn('2026-06-30', { today: '2026-07-02', unit_id: unit.id });
    expect(refused).to.have.nested.property('errors[0].code', 'unit_rented_to');
    accepted(await rentals.moveIn('2026-07-01', { today: '2026-07-02', unit_id: unit.id }));
  });

  it('is refused at an archived site', async () => {
    const unit = await rentals.unit();
    await portal.owner.query(`update sites set status = 'archived' where id = $1`, [unit.site.id]);
    expect(await rentals.moveIn('2026-05-20', { unit_id: unit.id })).to.have.nested.property(
      'errors[0].code',
      'site_archived',
    );
    const [units, types] = await rentals.on('2026-05-20', async (db) => [
      await listRentableUnits(db),
      await listAvailableTypes(db),
    ]);
    expect(units!.map(({ id }) => id)).not.to.include(unit.id);
    expect(types!.map(({ id }) => id)).not.to.include(unit.type.id);
  });

  it('of twenty at once for one unit succeeds once', async () => {
    const unit = await rentals.unit();
    const companies = await Promise.all(Array.from({ length: 20 }, () => createCompany(portal, tenant)));
    // Each with its own account, so that only the lock of the unit lets one wait for another.
    const results = await Promise.all(
      companies.map((company, n) =>
        new TestRentals(portal, tenant, company).moveIn(`2026-06-${String(n + 1).padStart(2, '0')}`, {
          today: '2026-05-20',
          unit_id: unit.id,
        }),
      ),
    );
    expect(results.filter(({ ok }) => ok)).to.have.length(1);
    const { rows } = await portal.owner.query('select id from rentals where unit_id = $1', [unit.id]);
    expect(rows).to.have.length(1);
  });

  it('is read with its prices, charges and tax rates for the billing run', async () => {
    const rate = await rentals.taxRate(200_000);
    const { rental } = accepted(await rentals.moveIn('2026-05-20', { tax_rate_id: rate.id }));
    const [read] = await rentals.on('2026-05-20', (db) => readBilledRentals(db, [rental.id]));
    expect(read).to.deep.include({
      id: rental.id,
      currency: 'USD',
      next_period_on: '2026-06-20',
      tax_rate: rate,
      charges: [],
    });
    expect(read!.prices.map(({ price_cents }) => price_cents)).to.eql([100_00n]);
  });
});
