import { expect } from 'chai';
import { cycleOf } from '../../../src/domain/billing/billing-period.ts';
import { planPeriods, type BilledRental, type PlanOptions } from '../../../src/domain/rental/plan-periods.ts';

const monthly = { interval_unit: 'month', interval_count: 1 } as const;

function rentalOf(
  starts_on: string,
  invoiceDay: number | null,
  values: Partial<BilledRental> = {},
): BilledRental {
  return {
    id: '018f3e5c-0000-7000-8000-000000000000',
    ...cycleOf(starts_on, monthly, invoiceDay),
    starts_on,
    ends_on: null,
    next_period_on: starts_on,
    tax_rate: null,
    prices: [{ effective_on: starts_on, price_cents: 100_00n }],
    charges: [],
    ...values,
  };
}

function plan(rental: BilledRental, through: string, settings: Partial<PlanOptions['settings']> = {}) {
  return planPeriods(rental, {
    settings: { proration: 'actual', first_invoice: 'stub', stub_and_next_from_day: null, ...settings },
    through,
    step: 1n,
    unit_code: 'A-12',
  });
}

const totals = ({ invoices }: ReturnType<typeof plan>) =>
  invoices.map(({ lines }) => lines.reduce((sum, { unit_cents }) => sum + unit_cents, 0n));

describe('planPeriods', () => {
  it('computes each period from the anchor, so that the 31st comes back', () => {
    const { invoices } = plan(rentalOf('2026-01-31', null), '2026-06-30');
    const periods = invoices.flatMap(({ periods: own }) => own);
    expect(periods.map(({ starts_on }) => starts_on)).to.eql(
      '2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30'.split(' '),
    );
    expect(periods.map(({ ends_on }) => ends_on)).to.eql(
      '2026-02-27 2026-03-30 2026-04-29 2026-05-30 2026-06-29 2026-07-30'.split(' '),
    );
    expect(new Set(periods.map(({ price_cents }) => price_cents))).to.eql(new Set([100_00n]));
  });

  it('uses the leap day', () => {
    const { invoices } = plan(rentalOf('2028-01-30', null), '2028-04-30');
    expect(invoices.map(({ periods }) => periods[0]!.starts_on)).to.eql(
      '2028-01-30 2028-02-29 2028-03-30 2028-04-30'.split(' '),
    );
  });

  for (const [proration, amount] of [
    ['actual', 54_84n],
    ['annual_365', 55_89n],
    ['thirty', 56_67n],
    ['none', 100_00n],
  ] as const)
    it(`bills the days from the move-in to the invoice day with the method ${proration}`, () => {
      const planned = plan(rentalOf('2026-03-15', 1), '2026-04-01', { proration });
      expect(totals(planned)).to.eql([amount, 100_00n]);
      const { days, full_days } = planned.invoices[0]!.periods[0]!;
      expect([days, full_days]).to.eql([17, 31]);
      expect(planned.next_period_on).to.equal('2026-05-01');
    });

  it('bills never more than the price of a whole month', () => {
    expect(totals(plan(rentalOf('2026-03-01', 1), '2026-03-01', { proration: 'annual_365' }))).to.eql([
      100_00n,
    ]);
  });

  it('puts the next period on the first invoice if the settings say so', () => {
    const planned = plan(rentalOf('2026-03-15', 1), '2026-03-15', { first_invoice: 'stub_and_next' });
    expect(totals(planned)).to.eql([154_84n]);
    expect(planned.next_period_on).to.equal('2026-05-01');
    const fromDay = { first_invoice: 'stub_and_next', stub_and_next_from_day: 21 } as const;
    expect(totals(plan(rentalOf('2026-03-15', 1), '2026-03-15', fromDay))).to.eql([54_84n]);
  });

  it('bills the last period up to the last day of the rental and then nothing', () => {
    const planned = plan(rentalOf('2026-03-01', 1, { ends_on: '2026-04-10' }), '2026-12-31');
    expect(totals(planned)).to.eql([100_00n, 33_33n]);
    expect(planned.next_period_on).to.equal(null);
  });

  it('bills what is missing of a period whose first part was billed', () => {
    const rental = rentalOf('2026-03-01', 1, { next_period_on: '2026-04-11' });
    expect(totals(plan(rental, '2026-04-11'))).to.eql([66_67n]);
  });

  it('uses a new price from the first period that starts on its day or later', () => {
    const prices = [
      { effective_on: '2026-04-15', price_cents: 100_00n },
      { effective_on: '2026-06-10', price_cents: 110_00n },
    ];
    const planned = plan(rentalOf('2026-04-15', null, { prices }), '2026-06-15');
    expect(totals(planned)).to.eql([100_00n, 100_00n, 110_00n]);
  });

  it('lowers the rent to 0 at most by discounts', () => {
    const discount = (amount_ppm: number) => ({
      kind: 'discount' as const,
      description: 'Discount',
      amount_cents: null,
      amount_ppm,
      starts_on: '2026-03-01',
      ends_on: null,
      is_prorated: true,
      tax_rate: null,
    });
    const amounts = (...parts: number[]) => {
      const rental = rentalOf('2026-03-01', 1, { charges: parts.map(discount) });
      return plan(rental, '2026-03-01').invoices[0]!.lines.map(({ unit_cents }) => unit_cents);
    };
    expect(amounts(300_000, 400_000)).to.eql([100_00n, -30_00n, -40_00n]);
    expect(amounts(600_000, 700_000)).to.eql([100_00n, -60_00n, -40_00n]);
  });
});
