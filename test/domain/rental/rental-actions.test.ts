import { expect } from 'chai';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { lockOut, lockOutOverdue, unlock } from '../../../src/domain/rental/lock-out.ts';
import { billDuePeriods } from '../../../src/domain/rental/notice.ts';
import { addCharge, endCharge, listCharges } from '../../../src/domain/rental/rental-charges.ts';
import { lockRental } from '../../../src/domain/rental/lock-rental.ts';
import { changeRent, rentChangeStart } from '../../../src/domain/rental/rent-change.ts';
import { cancelReservation, completeMoveIn } from '../../../src/domain/rental/reservation.ts';
import { expireReservations, startDueReservations } from '../../../src/domain/rental/due-reservations.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

describe('actions of rentals', () => {
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

  const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) =>
    result.ok ? 'ok' : result.errors![0]!.code;

  const billOn = (id: string, day: string) =>
    rentals.on(day, async (db, billing) => billDuePeriods(db, billing, await lockRental(db, id), day));

  describe('changeRent', () => {
    const change = (today: string, id: string, effective_on: string, price = 110_00n) =>
      rentals.on(today, (db, billing) => changeRent(db, billingActor, billing, { id, price, effective_on }));

    it('counts from the first period that starts on its day or later', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-04-15'));
      accepted(await change('2026-05-01', rental.id, '2026-06-10'));
      await billOn(rental.id, '2026-06-15');
      expect(await rentals.periods(rental.id)).to.eql([
        '2026-04-15 2026-05-14 10000',
        '2026-05-15 2026-06-14 10000',
        '2026-06-15 2026-07-14 11000',
      ]);
    });

    it('leaves a period that is billed ahead as it is', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-15'));
      await billOn(rental.id, '2026-06-15');
      const result = accepted(await change('2026-06-01', rental.id, '2026-06-15'));
      expect(result.starts_on).to.equal('2026-07-15');
      await billOn(rental.id, '2026-07-15');
      expect((await rentals.periods(rental.id)).map((text) => text.slice(22))).to.eql([
        '10000',
        '10000',
        '11000',
      ]);
      accepted(await rentals.notice('2026-06-20', rental.id, '2026-06-30'));
      accepted(await rentals.complete('2026-06-30', rental.id));
      const notes = (await rentals.invoices(rental.id)).filter(({ kind }) => kind === 'credit_note');
      // Of the billed 100.00, 53.33 are kept.
      expect(notes.map(({ total }) => total)).to.have.members(['4667', '11000']);
    });

    it('is refused before the days of notice and beyond a year', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-04-15'));
      expect(await change('2026-05-01', rental.id, '2026-05-14')).to.deep.include({
        errors: [
          { field: 'effective_on', code: 'rent_change_too_early', params: { day: '2026-05-15', count: 14 } },
        ],
      });
      expect(codeOf(await change('2026-05-01', rental.id, '2027-05-02'))).to.equal('date_too_late');
    });

    it('is refused for the price that counts already', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-15'));
      expect(codeOf(await change('2026-05-20', rental.id, '2026-06-15', 100_00n))).to.equal('rent_unchanged');
      accepted(await change('2026-05-20', rental.id, '2026-06-15', 110_00n));
      expect(codeOf(await change('2026-05-20', rental.id, '2026-06-15', 110_00n))).to.equal('rent_unchanged');
    });

    it('is refused when nothing is left to bill before the last day', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-15'));
      accepted(await rentals.notice('2026-05-20', rental.id, '2026-06-10'));
      expect(codeOf(await change('2026-05-20', rental.id, '2026-06-05', 110_00n))).to.equal(
        'notice_given_already',
      );
      const other = accepted(await rentals.moveIn('2026-05-15')).rental;
      accepted(await rentals.notice('2026-05-20', other.id, '2026-06-20'));
      expect(codeOf(await change('2026-05-20', other.id, '2026-06-16', 110_00n))).to.equal(
        'notice_given_already',
      );
      accepted(await change('2026-05-20', other.id, '2026-06-15', 110_00n));
    });

    it('counts from the day itself if a period starts on it', () => {
      const cycle = {
        anchor_on: '2026-01-15',
        anchor_day: 15,
        interval_unit: 'month',
        interval_count: 1,
      } as const;
      expect(rentChangeStart({ ...cycle, next_period_on: '2026-06-15' }, '2026-07-15')).to.equal(
        '2026-07-15',
      );
    });
  });

  describe('charges', () => {
    it('are billed with each period until they end', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-04-01'));
      const values = {
        kind: 'insurance',
        description: 'Insurance',
        amount: 10_00n,
        amount_ppm: null,
      } as const;
      accepted(
        await rentals.on('2026-04-10', (db, billing) =>
          addCharge(db, billingActor, billing, {
            id: rental.id,
            ...values,
            tax_rate_id: null,
            starts_on: '2026-04-10',
            is_prorated: true,
          }),
        ),
      );
      await billOn(rental.id, '2026-05-01');
      const [charge] = await rentals.on('2026-05-10', (db) => listCharges(db, rental.id));
      accepted(
        await rentals.on('2026-05-10', (db, billing) =>
          endCharge(db, billingActor, billing, { id: rental.id, charge_id: charge!.id }),
        ),
      );
      await billOn(rental.id, '2026-06-01');
      expect((await rentals.invoices(rental.id)).map(({ total }) => total)).to.eql([
        '10000',
        '11000',
        '10000',
      ]);
    });
  });

  describe('lock-outs', () => {
    const lock = (id: string) =>
      rentals.on('2026-05-20', (db, billing) => lockOut(db, billingActor, billing, { id, reason: 'Damage' }));

    it('by staff last until they unlock', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-20'));
      accepted(await lock(rental.id));
      expect(codeOf(await lock(rental.id))).to.equal('locked_out_already');
      expect(await rentals.rental(rental.id))
        .to.have.property('locked_out_at')
        .that.is.not.equal(null);
      accepted(
        await rentals.on('2026-05-20', (db) => unlock(db, billingActor, { id: rental.id, reason: null })),
      );
      expect(await rentals.rental(rental.id)).to.include({ locked_out_at: null });
    });

    it('by the billing run begin after the days of the settings and end with the payment', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-01'));
      const run = (day: string, values: Partial<Billing> = {}) =>
        rentals.on(day, (db, billing) => lockOutOverdue(db, billing), values);
      expect(await run('2026-05-11')).to.eql([]);
      expect(await run('2026-05-12', { lock_out_after_days: null })).to.eql([]);
      expect((await run('2026-05-12')).map(({ id }) => id)).to.eql([rental.id]);
      expect(await run('2026-05-12')).to.eql([]);
      await rentals.pay(100_00n);
      expect(await rentals.rental(rental.id)).to.include({ locked_out_at: null });
      expect(await run('2026-06-30')).to.eql([]);
    });

    it('by the billing run skip a disputed, a pending and a lately rejected invoice', async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-01'));
      const run = () => rentals.on('2026-06-30', (db, billing) => lockOutOverdue(db, billing));
      const [invoice] = await rentals.invoices(rental.id);
      await portal.owner.query('update invoices set disputed_cents = total_cents where id = $1', [
        invoice!['id'],
      ]);
      expect(await run()).to.eql([]);
      await portal.owner.query(
        `update invoices set disputed_cents = 0, due_again_on = '2026-06-20' where id = $1`,
        [invoice!['id']],
      );
      expect(await run()).to.eql([]);
      await portal.owner.query(
        `update invoices set disputed_cents = 0, status = 'pending', pending_payment_id = gen_random_uuid() where id = $1`,
        [invoice!['id']],
      );
      expect(await run()).to.eql([]);
    });
  });

  describe('reservations', () => {
    const reserve = async (values: Parameters<TestRentals['moveIn']>[1] = {}) =>
      accepted(await rentals.moveIn('2026-07-01', { today: '2026-05-20', deposit: 50_00n, ...values }))
        .rental;

    const cancel = (id: string) =>
      rentals.on('2026-05-21', (db, billing) =>
        cancelReservation(db, billingActor, billing, { id, reason: 'Changed plans' }),
      );

    it('that are cancelled delete an unpaid invoice', async () => {
      const { id } = await reserve();
      accepted(await cancel(id));
      expect(await rentals.rental(id)).to.include({
        status: 'cancelled',
        unit_status: 'available',
        next_period_on: null,
      });
      expect((await rentals.invoices(id)).map(({ status }) => status)).to.eql(['deleted']);
      expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '0' });
      expect(codeOf(await cancel(id))).to.equal('not_reserved');
    });

    it('that are cancelled credit a paid invoice with its deposit', async () => {
      const { id } = await reserve();
      await rentals.pay(150_00n);
      accepted(await cancel(id));
      expect(await rentals.balance()).to.include({ receivable: '0', credit: '15000', deposit: '0' });
      expect(await rentals.ledger('income')).to.equal('0');
    });

    it('that are cancelled delete a draft', async () => {
      const { id } = await reserve({ billing: { billing_trigger: 'manual' } });
      accepted(await cancel(id));
      expect((await rentals.invoices(id)).map(({ status }) => status)).to.eql(['deleted']);
    });

    it('start on their day by the billing run or by staff, once', async () => {
      const { id } = await reserve();
      const other = await reserve();
      const run = (day: string) => rentals.on(day, (db, billing) => startDueReservations(db, billing));
      const complete = (day: string) =>
        rentals.on(day, (db, billing) => completeMoveIn(db, billingActor, billing, other.id));
      expect(codeOf(await complete('2026-06-30'))).to.equal('starts_later');
      expect(await run('2026-06-30')).to.equal(0);
      accepted(await complete('2026-07-01'));
      expect(codeOf(await complete('2026-07-01'))).to.equal('not_reserved');
      expect(await run('2026-07-01')).to.equal(1);
      expect(await run('2026-07-01')).to.equal(0);
      expect(await rentals.rental(id)).to.include({ status: 'active', unit_status: 'occupied' });
    });

    it('expire when their invoice was not paid in time', async () => {
      const { id } = await reserve();
      const paid = await reserve();
      const [invoice] = await rentals.invoices(paid.id);
      await rentals.pay(150_00n, { chosen: [{ invoice_id: invoice!['id']!, amount_cents: 150_00n }] });
      const now = (days: number) => new Date(Date.now() + days * 86_400_000);
      const run = (days: number) =>
        rentals.on('2026-05-22', (db, billing) => expireReservations(db, billing), { now: now(days) });
      expect(await run(1)).to.equal(0);
      expect(await run(3)).to.equal(1);
      expect(await run(3)).to.equal(0);
      expect(await rentals.rental(id)).to.include({ status: 'cancelled' });
      expect(await rentals.rental(paid.id)).to.include({ status: 'reserved' });
    });

    it('of customers with payment terms do not expire', async () => {
      const { id } = await reserve({ billing: { payment_terms_days: 30 } });
      const now = new Date(Date.now() + 9 * 86_400_000);
      await rentals.on('2026-05-22', (db, billing) => expireReservations(db, billing), { now });
      expect(await rentals.rental(id)).to.include({ status: 'reserved' });
    });
  });
});
