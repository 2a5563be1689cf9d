import { expect } from 'chai';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { billDuePeriods } from '../../../src/domain/rental/notice.ts';
import { cancelTransfer } from '../../../src/domain/rental/cancel-transfer.ts';
import { lockRental } from '../../../src/domain/rental/lock-rental.ts';
import { endDueRentals, quoteMoveOut } from '../../../src/domain/rental/move-out.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

const TODAY = '2026-06-05';
const DAY = '2026-06-12';

describe('the cancellation of a transfer', () => {
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

  const start = async (price = 100_00n, deposit = 0n) =>
    accepted(await rentals.moveIn('2026-06-01', { price, deposit, billing })).rental;

  const plan = async (id: string, price: bigint, { deposit = 0n, starts_on = DAY, today = TODAY } = {}) => {
    const unit = await rentals.unit();
    const values = { id, to_unit_id: unit.id, starts_on, price, deposit };
    return accepted(await rentals.transfer(today, values, billing)).rental;
  };

  const cancel = (id: string, today = TODAY, given: Partial<Billing> = {}) =>
    rentals.on(
      today,
      (db, settings) => cancelTransfer(db, billingActor, settings, { id, reason: 'The unit leaks' }),
      { ...billing, ...given },
    );

  const codeOf = (result: Awaited<ReturnType<typeof cancel>>) => (result.ok ? 'ok' : result.errors[0]!.code);

  const quote = (id: string) =>
    rentals.on(TODAY, (db, settings) => quoteMoveOut(db, settings, { id }, '2026-06-20'), billing);

  const wholeRow = async (id: string) => {
    const [row] = await sql(
      portal,
      `select status, starts_on, ends_on, next_period_on, notice_given_on, price_cents, deposit_cents,
         deposit_settled_on, tax_rate_id, anchor_on, interval_unit, locked_out_at, transferred_from_id from rentals where id = $1`,
      [id],
    );
    return row;
  };

  it('restores the rental and deletes an invoice on which nothing was paid', async () => {
    const old = await start(100_00n, 50_00n);
    await rentals.pay(150_00n);
    const [row, balance, moveOut] = [await wholeRow(old.id), await rentals.balance(), await quote(old.id)];
    const next = await plan(old.id, 150_00n, { deposit: 80_00n });
    const { taken, invoices } = accepted(await cancel(old.id));
    expect(taken.map(({ by, amount_cents }) => [by, amount_cents])).to.eql([['deletion', 61_67n]]);
    expect(invoices).to.eql([]);
    expect(await wholeRow(old.id)).to.eql(row);
    expect(await rentals.balance()).to.eql(balance);
    expect((await quote(old.id)).credit_cents).to.equal(moveOut.credit_cents);
    expect(await rentals.rental(old.id)).to.include({ unit_status: 'occupied' });
    expect(await rentals.rental(next.id)).to.include({
      status: 'cancelled',
      unit_status: 'available',
      next_period_on: null,
    });
    expect((await rentals.invoices(next.id)).map(({ status }) => status)).to.eql(['deleted']);
    for (const id of [old.id, next.id])
      expect(await findEventNamesOf(portal, id)).to.include('rental.transfer_cancelled');
  });

  it('credits an invoice that was paid, and the payment becomes credit', async () => {
    const old = await start(100_00n, 50_00n);
    await rentals.pay(150_00n);
    const next = await plan(old.id, 150_00n, { deposit: 80_00n });
    await rentals.pay(61_67n);
    const { taken } = accepted(await cancel(old.id));
    expect(taken.map(({ by, amount_cents }) => [by, amount_cents])).to.eql([['credit_note', 61_67n]]);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '6167', deposit: '5000' });
    expect(await rentals.rental(old.id)).to.include({ deposit: '5000', ends_on: null });
    expect(await rentals.rental(next.id)).to.include({ status: 'cancelled' });
    expect(await rentals.ledger('income')).to.equal('-10000');
  });

  it('charges again what the transfer gave back, paid by that credit', async () => {
    const { id: tax_rate_id } = await rentals.taxRate(200_000);
    const values = { price: 150_00n, deposit: 80_00n, tax_rate_id, billing };
    const { rental: old } = accepted(await rentals.moveIn('2026-06-01', values));
    await rentals.pay(260_00n);
    await plan(old.id, 100_00n, { deposit: 50_00n });
    expect(await rentals.balance()).to.include({ credit: '6800', deposit: '5000' });
    const { taken } = accepted(await cancel(old.id, TODAY, { applies_credit: false }));
    expect(taken.map(({ by, amount_cents }) => [by, amount_cents])).to.eql([['reversal', -68_00n]]);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '8000' });
    expect(await rentals.rental(old.id)).to.include({ deposit: '8000' });
    expect(await rentals.ledger('income')).to.equal('-15000');
    expect(await rentals.ledger('tax')).to.equal('-3000');
  });

  it('of a transfer to the same price can be followed by another transfer', async () => {
    const old = await start();
    const first = await plan(old.id, 100_00n);
    accepted(await cancel(old.id));
    const second = await plan(old.id, 130_00n);
    expect(await rentals.rental(first.id)).to.include({ status: 'cancelled' });
    accepted(await cancel(old.id));
    expect((await quote(old.id)).credit_cents).to.equal(33_33n);
    expect((await rentals.invoices(second.id)).map(({ status }) => status)).to.eql(['deleted']);
    expect(await rentals.balance()).to.include({ receivable: '10000', credit: '0' });
  });

  it('keeps what was billed of the present unit, and bills the rest of the period', async () => {
    const old = await start();
    await rentals.pay(100_00n);
    const next = await plan(old.id, 150_00n, { starts_on: '2026-07-12', today: '2026-07-01' });
    expect(await rentals.periods(old.id)).to.eql([
      '2026-06-01 2026-06-30 10000',
      '2026-07-01 2026-07-11 3548',
    ]);
    const { taken, invoices } = accepted(await cancel(old.id, '2026-07-05'));
    expect(taken.map(({ by, amount_cents }) => [by, amount_cents])).to.eql([['credit_note', 96_77n]]);
    expect(invoices.map(({ total_cents }) => total_cents)).to.eql([64_52n]);
    expect(await rentals.rental(old.id)).to.include({ next_period_on: '2026-08-01', ends_on: null });
    expect(await rentals.balance()).to.include({ receivable: '10000', credit: '0' });
    expect(await rentals.rental(next.id)).to.include({ status: 'cancelled' });
  });

  it('takes back periods of the new unit that were billed later', async () => {
    const old = await start();
    const next = await plan(old.id, 150_00n, { starts_on: '2026-06-28' });
    await rentals.on(
      '2026-06-25',
      async (db, settings) => billDuePeriods(db, settings, await lockRental(db, next.id), '2026-07-01'),
      billing,
    );
    expect(await rentals.balance()).to.include({ receivable: '25500' });
    const { taken } = accepted(await cancel(old.id, '2026-06-25'));
    expect(taken.map(({ by, amount_cents }) => [by, amount_cents])).to.eql([
      ['deletion', 150_00n],
      ['deletion', 5_00n],
    ]);
    expect(await rentals.balance()).to.include({ receivable: '10000', credit: '0' });
    expect(await rentals.rental(old.id)).to.include({ next_period_on: '2026-07-01' });
  });

  it('after the invoice was deleted by hand gives the days of the present unit back once', async () => {
    const old = await start();
    const next = await plan(old.id, 150_00n);
    const [{ id: invoiceId }] = (await rentals.invoices(next.id)) as [{ id: string }];
    accepted(
      await rentals.on(TODAY, (db, settings) =>
        deleteInvoice(db, billingActor, settings, { id: invoiceId, reason: 'A mistake' }),
      ),
    );
    expect(accepted(await cancel(old.id)).taken).to.eql([]);
    expect((await quote(old.id)).credit_cents).to.equal(33_33n);
    expect(await rentals.balance()).to.include({ receivable: '10000' });
  });

  it('gives back neither bad debt nor the deposit of an invoice that was written off', async () => {
    const old = await start(100_00n, 50_00n);
    await rentals.pay(150_00n);
    const next = await plan(old.id, 150_00n, { deposit: 80_00n });
    const [{ id: invoiceId }] = (await rentals.invoices(next.id)) as [{ id: string }];
    accepted(
      await rentals.on(TODAY, (db, settings) =>
        writeOff(db, billingActor, settings, { id: invoiceId, reason: 'Not collectable' }),
      ),
    );
    expect(await rentals.ledger('bad_debt')).to.equal('3167');
    accepted(await cancel(old.id));
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '5000' });
    expect(await rentals.rental(old.id)).to.include({ deposit: '5000', ends_on: null });
    expect(await rentals.ledger('bad_debt')).to.equal('0');
  });

  it('keeps a credit for the deposit that was given after the transfer', async () => {
    const old = await start(100_00n, 50_00n);
    await rentals.pay(150_00n);
    await plan(old.id, 150_00n, { deposit: 80_00n });
    const [first] = await rentals.invoices(old.id);
    const values = {
      invoice_id: first!.id!,
      parts: [{ position: 2, total_cents: 20_00n }],
      reason: 'Goodwill',
    };
    accepted(await rentals.on(TODAY, (db, settings) => issueCreditNote(db, billingActor, settings, values)));
    accepted(await cancel(old.id));
    expect(await rentals.rental(old.id)).to.include({ deposit: '3000' });
    expect(await rentals.balance()).to.include({ deposit: '3000' });
  });

  it('is refused on the day, after it, without a transfer and a second time', async () => {
    const old = await start();
    expect(codeOf(await cancel(old.id))).to.equal('no_transfer');
    await plan(old.id, 150_00n);
    expect(codeOf(await cancel(old.id, DAY))).to.equal('transfer_begun');
    accepted(await cancel(old.id, '2026-06-11'));
    expect(codeOf(await cancel(old.id, '2026-06-11'))).to.equal('no_transfer');
  });

  it('is refused after the customer has left the present unit on the last day', async () => {
    const old = await start();
    await plan(old.id, 150_00n);
    accepted(await rentals.complete('2026-06-11', old.id, { billing }));
    expect(codeOf(await cancel(old.id, '2026-06-11'))).to.equal('moved_out_already');
  });

  it('is refused while the present unit is reserved for another customer, naming the customer', async () => {
    const old = await start();
    await plan(old.id, 150_00n);
    const [{ unit_id }] = (await sql<{ unit_id: string }>(
      portal,
      'select unit_id from rentals where id = $1',
      [old.id],
    )) as [{ unit_id: string }];
    accepted(await rentals.moveIn('2026-07-20', { today: TODAY, unit_id, is_reserved: true }));
    const before = await rentals.balance();
    const result = await cancel(old.id);
    expect(codeOf(result)).to.equal('unit_rented_from');
    expect(result).to.have.nested.property('errors[0].params.customer', rentals.company.name);
    expect(await rentals.balance()).to.eql(before);
  });

  it('happens once when several run at the same moment, and not together with the billing run', async () => {
    const old = await start();
    await rentals.pay(100_00n);
    await plan(old.id, 150_00n);
    const results = await Promise.all([cancel(old.id), cancel(old.id), cancel(old.id)]);
    expect(results.map(codeOf).sort()).to.eql(['no_transfer', 'no_transfer', 'ok']);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0' });
    await plan(old.id, 150_00n);
    const [ended, cancelled] = await Promise.all([
      rentals.on(DAY, (db, settings) => endDueRentals(db, settings), billing),
      cancel(old.id, '2026-06-11'),
    ]);
    expect([ended, codeOf(cancelled)]).to.be.deep.oneOf([
      [0, 'ok'],
      [1, 'moved_out_already'],
    ]);
  });
});
