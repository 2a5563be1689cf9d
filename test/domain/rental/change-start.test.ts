import { expect } from 'chai';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { changeStart } from '../../../src/domain/rental/change-start.ts';
import { listReservationsToStart, startReservations } from '../../../src/domain/rental/due-reservations.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

const TODAY = '2026-05-20';

describe('changeStart', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const reserve = async (values: Parameters<TestRentals['moveIn']>[1] = {}, day = '2026-07-01') =>
    accepted(await rentals.moveIn(day, { today: TODAY, deposit: 50_00n, ...values })).rental;

  const change = (id: string, starts_on: string, billing: Partial<Billing> = {}) =>
    rentals.on(TODAY, (db, given) => changeStart(db, billingActor, given, { id, starts_on }), billing);

  const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) =>
    result.ok ? 'ok' : result.errors![0]!.code;

  it('bills the reservation from the new day and deletes the unpaid invoice of the old one', async () => {
    const { id } = await reserve();
    const { invoices } = accepted(await change(id, '2026-07-15'));
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([150_00n]);
    expect(await rentals.rental(id)).to.include({
      status: 'reserved',
      starts_on: '2026-07-15',
      anchor_on: '2026-07-15',
      next_period_on: '2026-08-15',
      unit_status: 'reserved',
    });
    expect(await rentals.periods(id)).to.eql(['2026-07-15 2026-08-14 10000']);
    expect((await rentals.invoices(id)).map(({ status }) => status)).to.eql(['deleted', 'sent']);
    expect(await rentals.balance()).to.include({ receivable: '15000', deposit: '5000' });
    expect(await findEventNamesOf(portal, id)).to.eql(['rental.reserved', 'rental.start_changed']);
  });

  it('cuts the first period at the day of the invoices', async () => {
    const billing = { cycle: 'day_of_month', invoice_day: 1 } as const;
    const { id } = await reserve({ billing, deposit: 0n });
    accepted(await change(id, '2026-07-15', billing));
    expect(await rentals.periods(id)).to.eql(['2026-07-15 2026-07-31 5484']);
    expect(await rentals.rental(id)).to.include({ anchor_on: '2026-07-01', next_period_on: '2026-08-01' });
  });

  it('credits a paid invoice and pays the new one with it', async () => {
    const { id } = await reserve();
    await rentals.pay(150_00n);
    accepted(await change(id, '2026-07-15'));
    expect((await rentals.invoices(id)).map(({ kind, status }) => `${kind} ${status}`)).to.eql([
      'invoice paid',
      'credit_note paid',
      'invoice paid',
    ]);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '5000' });
    expect(await rentals.ledger('income')).to.equal('-10000');
  });

  it('can be undone, and a move-out then gives back the rest of the paid period', async () => {
    const { id } = await reserve({ deposit: 0n });
    await rentals.pay(100_00n);
    accepted(await change(id, '2026-07-15'));
    accepted(await change(id, '2026-07-01'));
    expect(await rentals.periods(id)).to.eql(['2026-07-01 2026-07-31 10000']);
    await rentals.on('2026-07-01', async (db, billing) => {
      const due = await listReservationsToStart(db, billing);
      expect(due.map((each) => each.id)).to.eql([id]);
      return startReservations(db, billing, due);
    });
    accepted(await rentals.notice('2026-07-01', id, '2026-07-10'));
    accepted(await rentals.complete('2026-07-10', id));
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '6774' });
  });

  it('takes along the charges that begin with the rental', async () => {
    const { id } = await reserve({ deposit: 0n });
    for (const day of ['2026-07-01', '2026-09-01'])
      await sql(
        portal,
        `insert into rental_charges (tenant_id, id, rental_id, kind, description, amount_cents, starts_on)
         values ($1, gen_random_uuid(), $2, 'insurance', 'Insurance', 1000, $3)`,
        [tenant.id, id, day],
      );
    const { invoices } = accepted(await change(id, '2026-06-15'));
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([110_00n]);
  });

  it('tells the customer the new day', async () => {
    const { id } = await reserve();
    accepted(await change(id, '2026-07-15'));
    const emails = await sql<{ on: string }>(
      portal,
      `select variables ->> 'on' as on from emails where tenant_id = $1 and template = 'moveInScheduled' order by id`,
      [tenant.id],
    );
    // The company has no address, so staff are alerted instead.
    expect(emails).to.eql([]);
    await sql(portal, `update companies set billing_emails = '{pay@x.example}' where id = $1`, [
      rentals.company.id,
    ]);
    accepted(await change(id, '2026-07-20'));
    expect(
      await sql(
        portal,
        `select variables ->> 'on' as on from emails where tenant_id = $1 and template = 'moveInScheduled'`,
        [tenant.id],
      ),
    ).to.eql([{ on: '2026-07-20' }]);
  });

  it('is refused on a day of another rental of the unit', async () => {
    const unit = await rentals.unit('U12');
    const first = accepted(await rentals.moveIn('2026-05-01', { today: TODAY, unit_id: unit.id })).rental;
    accepted(await rentals.notice(TODAY, first.id, '2026-06-30'));
    const { id } = await reserve({ unit_id: unit.id });
    const refused = await change(id, '2026-06-30');
    expect(refused).to.have.nested.property('errors[0].code', 'unit_rented_to');
    expect(refused).to.have.nested.property('errors[0].params.free', '2026-07-01');
    expect(await rentals.periods(id)).to.eql(['2026-07-01 2026-07-31 10000']);
  });

  it('is refused in the past, beyond a year and on the same day', async () => {
    const { id } = await reserve();
    expect(codeOf(await change(id, '2026-05-19'))).to.equal('date_in_past');
    expect(codeOf(await change(id, '2027-05-21'))).to.equal('date_too_late');
    expect(codeOf(await change(id, '2026-07-01'))).to.equal('start_unchanged');
  });

  it('is refused for a rental that has begun and for the second part of a transfer', async () => {
    const { id } = accepted(await rentals.moveIn('2026-05-01', { today: TODAY })).rental;
    expect(codeOf(await change(id, '2026-07-15'))).to.equal('not_reserved');
    const unit = await rentals.unit();
    const values = { id, to_unit_id: unit.id, starts_on: '2026-07-01', price: null, deposit: null };
    const { rental } = accepted(await rentals.transfer(TODAY, values));
    expect(codeOf(await change(rental.id, '2026-07-15'))).to.equal('part_of_transfer');
  });

  it('keeps a billing run that has read the old day from starting the rental', async () => {
    const { id } = await reserve({}, '2026-05-25');
    const read = await rentals.on('2026-05-25', (db, billing) => listReservationsToStart(db, billing));
    accepted(await change(id, '2026-07-15'));
    const count = await rentals.on('2026-05-25', (db, billing) => startReservations(db, billing, read));
    expect(count).to.equal(0);
    expect(await rentals.rental(id)).to.include({ status: 'reserved' });
  });
});
