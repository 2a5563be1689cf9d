import { expect } from 'chai';
import { cycleOf, periodLength, periodOf } from '../../../src/domain/billing/billing-period.ts';
import { daysOf } from '../../../src/domain/billing/civil-date.ts';
import { divide, prorate, type Proration } from '../../../src/domain/billing/proration.ts';

const monthly = { interval_unit: 'month', interval_count: 1 } as const;

/** What is billed from the move-in to the end of the period. */
function firstAmount(method: Proration, startsOn: string, invoiceDay: number, price: bigint, step = 1n) {
  const cycle = cycleOf(startsOn, monthly, invoiceDay);
  const period = periodOf(cycle, startsOn);
  const days = daysOf(startsOn, period.ends_on);
  return prorate(method, { price, days, fullDays: periodLength(period), cycle, step });
}

describe('proration', () => {
  for (const [startsOn, invoiceDay, price, actual, annual, thirty] of [
    ['2026-03-15', 1, 100_00n, 54_84n, 55_89n, 56_67n],
    ['2028-02-10', 1, 100_00n, 68_97n, 65_75n, 66_67n],
    ['2027-02-10', 1, 100_00n, 67_86n, 62_47n, 63_33n],
    ['2027-02-10', 31, 100_00n, 64_29n, 59_18n, 60_00n],
    ['2026-04-20', 15, 123_45n, 102_88n, 101_47n, 102_88n],
    ['2026-03-29', 1, 99_00n, 9_58n, 9_76n, 9_90n],
  ] as const)
    it(`bills the days from ${startsOn} to the invoice day ${invoiceDay}`, () => {
      expect(firstAmount('actual', startsOn, invoiceDay, price)).to.equal(actual);
      expect(firstAmount('annual_365', startsOn, invoiceDay, price)).to.equal(annual);
      expect(firstAmount('thirty', startsOn, invoiceDay, price)).to.equal(thirty);
      expect(firstAmount('none', startsOn, invoiceDay, price)).to.equal(price);
    });

  it('never bills more than the price', () => {
    for (const method of ['actual', 'annual_365', 'thirty'] as const)
      expect(firstAmount(method, '2026-03-01', 1, 100_00n), method).to.equal(100_00n);
  });

  it('rounds to the units of the currency', () => {
    expect(firstAmount('actual', '2028-02-10', 1, 6_500n)).to.equal(4_483n);
    expect(firstAmount('actual', '2028-02-10', 1, 30_000n, 10n)).to.equal(20_690n);
  });

  it('rounds halves away from zero', () => {
    expect([divide(5n, 2n), divide(-5n, 2n), divide(4n, 3n), divide(-4n, 3n)]).to.eql([3n, -3n, 1n, -1n]);
    expect([divide(15n, 1n, 10n), divide(14n, 1n, 10n), divide(-15n, 1n, 10n)]).to.eql([20n, 10n, -20n]);
  });
});
