import { expect } from 'chai';
import { endDueRentals, quoteMoveOut } from '../../../src/domain/rental/move-out.ts';
import { settleEndedRental } from '../../../src/domain/rental/deposit.ts';
import { billDuePeriods, withdrawNotice } from '../../../src/domain/rental/notice.ts';
import { lockRental } from '../../../src/domain/rental/lock-rental.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

describe('a move-out', () => {
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

  const moveOut = async (
    id: string,
    ends_on: string,
    values: Parameters<TestRentals['complete']>[2] = {},
  ) => {
    accepted(await rentals.notice(ends_on, id, ends_on));
    return rentals.complete(ends_on, id, values);
  };

  const billOn = (id: string, day: string, given: Partial<Billing> = {}) =>
    rentals.on(day, async (db, billing) => billDuePeriods(db, billing, await lockRental(db, id), day), given);

  const creditNotes = async (id: string) =>
    (await rentals.invoices(id)).filter(({ kind }) => kind === 'credit_note');

  it('in a paid period gives back the price minus the kept part, with its tax', async () => {
    const { id: tax_rate_id } = await rentals.taxRate(200_000);
    const { rental } = accepted(await rentals.moveIn('2026-05-15', { price: 120_00n, tax_rate_id }));
    await rentals.pay(144_00n);
    const quote = await rentals.on('2026-05-20', (db, billing) =>
      quoteMoveOut(db, billing, rental, '2026-05-24'),
    );
    expect(quote).to.include({ credit_cents: 97_55n, charge_cents: 0n, total_cents: -97_55n });
    expect(quote.credits[0]).to.include({ starts_on: '2026-05-25', days: 21, full_days: 31 });
    accepted(await moveOut(rental.id, '2026-05-24'));
    expect(await creditNotes(rental.id)).to.have.length(1);
    expect((await creditNotes(rental.id))[0]).to.include({ net: '8129', tax: '1626', total: '9755' });
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '9755' });
    expect(await rentals.rental(rental.id)).to.include({
      status: 'ended',
      next_period_on: null,
      unit_status: 'available',
    });
  });

  it('with a rate that is included in the price gives back a part with its tax', async () => {
    const { id: tax_rate_id } = await rentals.taxRate(200_000, true);
    const { rental } = accepted(await rentals.moveIn('2026-05-15', { price: 144_00n, tax_rate_id }));
    accepted(await moveOut(rental.id, '2026-05-24'));
    const [note] = await creditNotes(rental.id);
    // 144.00 × 10 ÷ 31 = 46.45 are kept.
    expect(note).to.include({ total: '9755' });
  });

  it('gives the part of a period of 28 days back with a rate of 8.875 %', async () => {
    const { id: tax_rate_id } = await rentals.taxRate(88_750);
    const { rental } = accepted(await rentals.moveIn('2026-01-31', { price: 99_99n, tax_rate_id }));
    accepted(await moveOut(rental.id, '2026-02-10'));
    expect((await creditNotes(rental.id))[0]).to.include({ net: '6071', tax: '538', total: '6609' });
  });

  for (const ends_on of ['2026-06-14', '2026-07-14'])
    it(`on ${ends_on}, the last day of a period, issues no credit note and bills nothing after it`, async () => {
      const { rental } = accepted(await rentals.moveIn('2026-05-15'));
      await billOn(rental.id, ends_on);
      const count = (await rentals.invoices(rental.id)).length;
      accepted(await moveOut(rental.id, ends_on));
      await billOn(rental.id, '2026-12-31');
      expect(await rentals.invoices(rental.id)).to.have.length(count);
      expect(await creditNotes(rental.id)).to.eql([]);
    });

  it('that is known before the period is billed is billed as its part', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    accepted(await rentals.notice('2026-03-20', rental.id, '2026-04-10'));
    const quote = await rentals.on('2026-03-20', (db, billing) =>
      quoteMoveOut(db, billing, rental, '2026-04-10'),
    );
    expect(quote).to.include({ credit_cents: 0n, charge_cents: 33_33n });
    await billOn(rental.id, '2026-04-01');
    expect(await rentals.periods(rental.id)).to.eql([
      '2026-03-01 2026-03-31 10000',
      '2026-04-01 2026-04-10 3333',
    ]);
    expect(await rentals.rental(rental.id)).to.include({ next_period_on: null });
    accepted(await rentals.complete('2026-04-10', rental.id));
    expect(await creditNotes(rental.id)).to.eql([]);
  });

  it('bills what is still missing when it is completed', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    accepted(await moveOut(rental.id, '2026-04-10'));
    expect(await rentals.periods(rental.id)).to.eql([
      '2026-03-01 2026-03-31 10000',
      '2026-04-01 2026-04-10 3333',
    ]);
  });

  it('with the policy none gives back only periods that have not begun', async () => {
    const billing = { move_out_credit: 'none', days_ahead: 30 } as const;
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { billing }));
    await billOn(rental.id, '2026-04-01', billing);
    expect(await rentals.periods(rental.id)).to.have.length(2);
    accepted(await moveOut(rental.id, '2026-03-20', { billing }));
    expect((await creditNotes(rental.id)).map(({ total }) => total)).to.eql(['10000']);
  });

  it('gives back charges and discounts for the same days', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { price: 310_00n }));
    await portal.owner.query(
      `insert into rental_charges (tenant_id, id, rental_id, kind, description, amount_cents, starts_on, is_prorated)
       values ($1, gen_random_uuid(), $2, 'insurance', 'Insurance', 3100, '2026-03-01', true),
         ($1, gen_random_uuid(), $2, 'fee', 'Cleaning', 1000, '2026-03-01', false),
         ($1, gen_random_uuid(), $2, 'discount', 'Friend', 6200, '2026-03-01', true)`,
      [tenant.id, rental.id],
    );
    await billOn(rental.id, '2026-04-01');
    accepted(await moveOut(rental.id, '2026-04-15'));
    // Half of 310.00 + 31.00 − 62.00; the cleaning is kept.
    expect((await creditNotes(rental.id)).map(({ total }) => total)).to.eql(['13950']);
  });

  it('withdrawn after its part was billed bills the rest of the period', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    accepted(await rentals.notice('2026-03-20', rental.id, '2026-04-10'));
    await billOn(rental.id, '2026-04-01');
    const withdrawn = await rentals.on('2026-04-05', (db, billing) =>
      withdrawNotice(db, billingActor, billing, rental.id),
    );
    expect(accepted(withdrawn).invoices.map(({ total_cents }) => total_cents)).to.eql([66_67n]);
    expect(await rentals.periods(rental.id)).to.eql([
      '2026-03-01 2026-03-31 10000',
      '2026-04-01 2026-04-10 3333',
      '2026-04-11 2026-04-30 6667',
    ]);
    expect(await rentals.rental(rental.id)).to.include({ ends_on: null, next_period_on: '2026-05-01' });
    accepted(await moveOut(rental.id, '2026-04-15'));
    // 50.00 of the month are kept.
    expect((await creditNotes(rental.id)).map(({ total }) => total)).to.eql(['5000']);
  });

  it('withdrawn in a period that is billed bills nothing', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    accepted(await rentals.notice('2026-03-02', rental.id, '2026-03-20'));
    expect(await rentals.rental(rental.id)).to.include({ next_period_on: null });
    const withdrawn = await rentals.on('2026-03-05', (db, billing) =>
      withdrawNotice(db, billingActor, billing, rental.id),
    );
    expect(accepted(withdrawn).invoices).to.eql([]);
    expect(await rentals.rental(rental.id)).to.include({ ends_on: null, next_period_on: '2026-04-01' });
  });

  it('cannot be withdrawn when the unit is reserved after it', async () => {
    const unit = await rentals.unit();
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { unit_id: unit.id }));
    accepted(await rentals.notice('2026-03-02', rental.id, '2026-03-20'));
    accepted(await rentals.moveIn('2026-05-01', { today: '2026-03-02', unit_id: unit.id }));
    const withdrawn = await rentals.on('2026-03-05', (db, billing) =>
      withdrawNotice(db, billingActor, billing, rental.id),
    );
    expect(withdrawn).to.have.nested.property('errors[0].code', 'unit_rented_from');
    expect(await rentals.rental(rental.id)).to.include({ ends_on: '2026-03-20' });
  });

  it('is refused before the move-in, beyond a year, twice and before the last day', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) =>
      result.errors?.[0]?.code;
    expect(codeOf(await rentals.notice('2026-03-01', rental.id, '2026-02-28'))).to.equal('before_move_in');
    expect(codeOf(await rentals.notice('2026-03-01', rental.id, '2027-03-02'))).to.equal('date_too_late');
    expect(codeOf(await rentals.complete('2026-03-01', rental.id))).to.equal('no_notice');
    accepted(await rentals.notice('2026-03-01', rental.id, '2026-03-10'));
    expect(codeOf(await rentals.notice('2026-03-01', rental.id, '2026-03-11'))).to.equal(
      'notice_given_already',
    );
    expect(codeOf(await rentals.complete('2026-03-09', rental.id))).to.equal('not_moved_out_yet');
    accepted(await rentals.complete('2026-03-10', rental.id));
    expect(codeOf(await rentals.complete('2026-03-10', rental.id))).to.equal('rental_not_active');
    expect(codeOf(await rentals.notice('2026-03-10', rental.id, '2026-03-11'))).to.equal('rental_not_active');
  });

  it('is refused while the period that it ends in is on a draft', async () => {
    const billing = { billing_trigger: 'manual' } as const;
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { billing }));
    const result = await moveOut(rental.id, '2026-03-20', { billing });
    expect(result).to.have.nested.property('errors[0].code', 'draft_to_issue');
    expect(await rentals.on('2026-04-01', (db, given) => endDueRentals(db, given))).to.equal(0);
  });

  it('keeps a part of the deposit with its tax and returns the rest', async () => {
    const rate = await rentals.taxRate(200_000);
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { deposit: 100_00n }));
    expect(await rentals.balance()).to.include({ receivable: '20000', deposit: '10000' });
    expect(await rentals.ledger('income')).to.equal('-10000');
    expect(await rentals.ledger('tax')).to.equal('0');
    await rentals.pay(200_00n);
    accepted(
      await moveOut(rental.id, '2026-03-31', {
        kept: 45_00n,
        kept_reason: 'Broken door',
        kept_tax_rate: rate,
      }),
    );
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '5500', deposit: '0' });
    expect(await rentals.ledger('income')).to.equal(String(-(100_00 + 37_50)));
    expect(await rentals.ledger('tax')).to.equal('-750');
  });

  it('pays open invoices with the deposit', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { deposit: 100_00n }));
    await rentals.issue(30_00n);
    accepted(await moveOut(rental.id, '2026-03-31'));
    expect(await rentals.balance()).to.include({ receivable: '13000', credit: '0', deposit: '0' });
  });

  it('leaves the deposit as credit when it is not used for open invoices', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { deposit: 100_00n }));
    accepted(await moveOut(rental.id, '2026-03-31', { pays_invoices: false }));
    expect(await rentals.balance()).to.include({ receivable: '20000', credit: '10000', deposit: '0' });
  });

  it('keeps at most the deposit, and nothing without a reason', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01', { deposit: 100_00n }));
    const tooMuch = await moveOut(rental.id, '2026-03-31', { kept: 100_01n, kept_reason: 'Broken door' });
    expect(tooMuch).to.have.nested.property('errors[0].code', 'kept_too_large');
    const noReason = await rentals.complete('2026-03-31', rental.id, { kept: 1n });
    expect(noReason).to.have.nested.property('errors[0].field', 'kept_reason');
    expect(await rentals.balance()).to.include({ deposit: '10000' });
  });

  it('may block the unit', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-03-01'));
    accepted(await moveOut(rental.id, '2026-03-31', { blocked_reason: 'Cleaning' }));
    expect(await rentals.rental(rental.id)).to.include({ unit_status: 'blocked' });
  });

  it('is completed by the billing run on the day after, without the deposit, once', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-05-15', { deposit: 50_00n }));
    const other = accepted(await rentals.moveIn('2026-05-15')).rental;
    for (const { id } of [rental, other]) accepted(await rentals.notice('2026-05-20', id, '2026-05-24'));
    const run = (day: string) => rentals.on(day, (db, billing) => endDueRentals(db, billing));
    expect(await run('2026-05-24')).to.equal(0);
    expect(await run('2026-05-25')).to.equal(2);
    expect(await run('2026-05-25')).to.equal(0);
    expect(await rentals.rental(rental.id)).to.include({ status: 'ended', unit_status: 'available' });
    expect(await creditNotes(rental.id)).to.have.length(1);
    expect(await rentals.balance()).to.include({ deposit: '5000' });
    const settle = () =>
      rentals.on('2026-05-26', (db, billing) =>
        settleEndedRental(db, billingActor, billing, {
          id: rental.id,
          kept: 0n,
          kept_reason: null,
          kept_tax_rate: null,
          pays_invoices: true,
        }),
      );
    accepted(await settle());
    expect(await rentals.balance()).to.include({ deposit: '0' });
    expect(await settle()).to.have.nested.property('errors[0].code', 'deposit_settled');
  });
});
