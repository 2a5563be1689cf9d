import { expect } from 'chai';
import { startDueReservations } from '../../../src/domain/rental/due-reservations.ts';
import { endDueRentals, quoteMoveOut } from '../../../src/domain/rental/move-out.ts';
import { findRental } from '../../../src/domain/rental/rental-queries.ts';
import { quoteTransfer } from '../../../src/domain/rental/plan-transfer.ts';
import { withdrawNotice } from '../../../src/domain/rental/notice.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

describe('a transfer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;
  const billing = { cycle: 'day_of_month', invoice_day: 1 } as const;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const start = async (price: bigint, deposit = 0n) =>
    accepted(await rentals.moveIn('2026-06-01', { price, deposit, billing })).rental;

  const transfer = async (id: string, today: string, starts_on: string, price: bigint, deposit = 0n) => {
    const unit = await rentals.unit();
    const values = { id, to_unit_id: unit.id, starts_on, price, deposit };
    return rentals.transfer(today, values, billing);
  };

  const newest = async (id: string) => (await rentals.invoices(id)).at(-1)!;

  it('to a dearer unit gives back and charges the rest of the month on one invoice', async () => {
    const old = await start(100_00n, 100_00n);
    await rentals.pay(200_00n);
    const result = accepted(await transfer(old.id, '2026-06-12', '2026-06-12', 150_00n, 150_00n));
    const { rental, invoices } = result;
    expect(invoices).to.have.length(1);
    expect(invoices[0]!.lines.map(({ kind, net_cents }) => [kind, net_cents])).to.eql([
      ['proration', -63_33n],
      ['rent', 95_00n],
      ['deposit', 50_00n],
    ]);
    expect(invoices[0]).to.include({ kind: 'invoice', total_cents: 81_67n });
    expect(invoices[0]!.lines[0]).to.include({ days: 19, full_days: 30, full_cents: -100_00n });
    expect(invoices[0]!.lines[1]).to.include({ days: 19, full_days: 30, full_cents: 150_00n });
    expect(await rentals.rental(old.id)).to.include({
      status: 'ended',
      ends_on: '2026-06-11',
      unit_status: 'available',
      anchor_on: '2026-06-01',
    });
    expect(await rentals.rental(rental.id)).to.include({
      status: 'active',
      unit_status: 'occupied',
      anchor_on: '2026-06-01',
      next_period_on: '2026-07-01',
    });
    expect(await rentals.balance()).to.include({ deposit: '15000', receivable: '8167', credit: '0' });
  });

  it('to a cheaper unit becomes credit', async () => {
    const old = await start(150_00n, 100_00n);
    await rentals.pay(250_00n);
    const { invoices } = accepted(await transfer(old.id, '2026-06-12', '2026-06-12', 100_00n, 80_00n));
    expect(invoices[0]).to.include({ kind: 'credit_note', total_cents: 51_67n });
    expect(await rentals.balance()).to.include({ deposit: '8000', receivable: '0', credit: '5167' });
  });

  it('quotes what it bills', async () => {
    const old = await start(100_00n);
    const quote = await rentals.on(
      '2026-06-05',
      async (db, given) =>
        quoteTransfer(
          db,
          given,
          { rental: (await findRental(db, old.id))!, account: { deposit_cents: 0n } },
          { starts_on: '2026-06-12', price: 150_00n, deposit: 50_00n, unit_code: 'U9' },
        ),
      billing,
    );
    expect(quote.total_cents).to.equal(81_67n);
  });

  it('credits the tax that was charged', async () => {
    const { id: tax_rate_id } = await rentals.taxRate(200_000);
    const { rental: old } = accepted(await rentals.moveIn('2026-06-01', { tax_rate_id, billing }));
    const { invoices } = accepted(await transfer(old.id, '2026-06-12', '2026-06-12', 150_00n));
    expect(invoices[0]!.lines.map(({ tax_cents }) => tax_cents)).to.eql([-12_67n, 19_00n]);
  });

  it('is followed by a move-out that gives back the rest of the new rent, also from a credit note', async () => {
    for (const [before, after] of [
      [100_00n, 150_00n],
      [150_00n, 100_00n],
    ] as const) {
      const old = await start(before);
      const { rental } = accepted(await transfer(old.id, '2026-06-12', '2026-06-12', after));
      const kept = (after * 9n) / 30n;
      const charged = (after * 19n + 15n) / 30n;
      const quote = await rentals.on(
        '2026-06-15',
        (db, given) => quoteMoveOut(db, given, rental, '2026-06-20'),
        billing,
      );
      expect(quote.credit_cents).to.equal(charged - kept);
      accepted(await rentals.notice('2026-06-15', rental.id, '2026-06-20'));
      accepted(await rentals.complete('2026-06-20', rental.id, { billing }));
      const again = await rentals.on(
        '2026-06-20',
        (db, given) => quoteMoveOut(db, given, rental, '2026-06-20'),
        billing,
      );
      expect(again.credit_cents).to.equal(0n);
    }
    // Eleven days of the old rents and nine of the new ones are left.
    expect(await rentals.ledger('income')).to.equal(String(-(36_67 + 45_00 + 55_00 + 30_00)));
  });

  it('on a day in the future reserves the new unit until then', async () => {
    const old = await start(100_00n);
    const { rental } = accepted(await transfer(old.id, '2026-06-05', '2026-06-12', 150_00n));
    expect(await rentals.rental(old.id)).to.include({ status: 'active', unit_status: 'occupied' });
    expect(await rentals.rental(rental.id)).to.include({ status: 'reserved', unit_status: 'reserved' });
    const withdrawn = await rentals.on('2026-06-06', (db, given) =>
      withdrawNotice(db, billingActor, given, old.id),
    );
    expect(withdrawn).to.have.nested.property('errors[0].code', 'part_of_transfer');
    await rentals.on('2026-06-12', async (db, given) => {
      expect(await endDueRentals(db, given)).to.equal(1);
      expect(await startDueReservations(db, given)).to.equal(1);
    });
    expect(await rentals.rental(old.id)).to.include({ status: 'ended', unit_status: 'available' });
    expect(await rentals.rental(rental.id)).to.include({ status: 'active', unit_status: 'occupied' });
    expect((await rentals.invoices(old.id)).map(({ total }) => total)).to.eql(['10000', '3167']);
  });

  it('bills days of the old unit that were not billed', async () => {
    const old = await start(100_00n);
    const { rental, invoices } = accepted(await transfer(old.id, '2026-07-12', '2026-07-12', 150_00n));
    expect(invoices).to.have.length(1);
    expect(await rentals.periods(old.id)).to.eql([
      '2026-06-01 2026-06-30 10000',
      '2026-07-01 2026-07-11 3548',
    ]);
    expect(await rentals.periods(rental.id)).to.eql(['2026-07-12 2026-07-31 9677']);
    expect((await newest(rental.id)).total).to.equal('13225');
  });

  it('takes the charges along', async () => {
    const old = await start(100_00n);
    await portal.owner.query(
      `insert into rental_charges (tenant_id, id, rental_id, kind, description, amount_cents, starts_on, is_prorated)
       values ($1, gen_random_uuid(), $2, 'insurance', 'Insurance', 3100, '2026-06-01', true)`,
      [tenant.id, old.id],
    );
    const { rental } = accepted(await transfer(old.id, '2026-07-01', '2026-07-01', 100_00n));
    expect((await newest(rental.id)).total).to.equal('13100');
  });

  it('bills a charge that begins later from its own day', async () => {
    const old = await start(100_00n);
    await portal.owner.query(
      `insert into rental_charges (tenant_id, id, rental_id, kind, description, amount_cents, starts_on, is_prorated)
       values ($1, gen_random_uuid(), $2, 'insurance', 'Insurance', 3100, '2026-08-01', true)`,
      [tenant.id, old.id],
    );
    const { rental } = accepted(await transfer(old.id, '2026-07-01', '2026-07-01', 100_00n));
    expect((await newest(rental.id)).total).to.equal('10000');
  });

  it('goes on with a discount of a part of the rent on its first day', async () => {
    const old = await start(100_00n);
    await portal.owner.query(
      `insert into rental_charges (tenant_id, id, rental_id, kind, description, amount_ppm, starts_on, is_prorated)
       values ($1, gen_random_uuid(), $2, 'discount', 'Friend', 500000, '2026-06-12', false)`,
      [tenant.id, old.id],
    );
    const { invoices } = accepted(await transfer(old.id, '2026-06-12', '2026-06-12', 100_00n));
    expect(invoices[0]!.lines.map(({ kind, net_cents }) => [kind, net_cents])).to.eql([
      ['proration', 63_33n],
      ['rent', -63_33n],
      ['discount', 31_67n],
    ]);
  });

  it('is issued at once also when invoices are sent by hand', async () => {
    const old = await start(150_00n);
    const unit = await rentals.unit();
    const values = {
      id: old.id,
      to_unit_id: unit.id,
      starts_on: '2026-06-12',
      price: 100_00n,
      deposit: null,
    };
    const { invoices } = accepted(
      await rentals.transfer('2026-06-12', values, { ...billing, billing_trigger: 'manual' }),
    );
    expect(invoices.map(({ kind, label }) => [kind, label?.slice(0, 3)])).to.eql([['credit_note', 'CN-']]);
  });

  it('is refused while the customer is locked out', async () => {
    const old = await start(100_00n);
    await portal.owner.query(
      `update rentals set locked_out_at = now(), locked_out_reason = 'Debt' where id = $1`,
      [old.id],
    );
    const result = await transfer(old.id, '2026-06-12', '2026-06-12', 100_00n);
    expect(result).to.have.nested.property('errors[0].code', 'locked_out');
  });

  it('is refused before the day after the move-in, to the same or a taken unit, and for a company on hold', async () => {
    const old = await start(100_00n);
    const taken = await rentals.unit();
    accepted(await rentals.moveIn('2026-06-01', { unit_id: taken.id }));
    const { rows } = await portal.owner.query<{ unit_id: string }>(
      'select unit_id from rentals where id = $1',
      [old.id],
    );
    const attempt = (to_unit_id: string, starts_on = '2026-06-12') =>
      rentals.transfer('2026-06-12', { id: old.id, to_unit_id, starts_on, price: 1n, deposit: 0n });
    const free = (await rentals.unit()).id;
    const codes = [];
    for (const result of [
      await attempt(free, '2026-06-01'),
      await attempt(rows[0]!.unit_id),
      await attempt(taken.id),
      await attempt(old.id),
    ])
      codes.push(result.ok ? 'ok' : result.errors[0]!.code);
    await portal.owner.query(`update companies set status = 'on_hold' where id = $1`, [rentals.company.id]);
    const onHold = await attempt(free);
    expect([...codes, onHold.ok ? 'ok' : onHold.errors[0]!.code]).to.eql([
      'transfer_too_early',
      'same_unit',
      'unit_rented_from',
      'invalid',
      'company_not_active',
    ]);
    expect(await rentals.rental(old.id)).to.include({ status: 'active', ends_on: null });
  });
});
