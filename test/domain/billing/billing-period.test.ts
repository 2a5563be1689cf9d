import { expect } from 'chai';
import { cycleOf, oneYearAfter, periodOf, periodStart } from '../../../src/domain/billing/billing-period.ts';

describe('billing periods', () => {
  const monthly = { interval_unit: 'month', interval_count: 1 } as const;

  const startsOf = (anchor: string, count: number, interval_count = 1) => {
    const cycle = cycleOf(anchor, { interval_unit: 'month', interval_count }, null);
    return Array.from({ length: count }, (_, index) => periodStart(cycle, index)).join(' ');
  };

  it('start on the day of the anchor, or on the last day of a shorter month', () => {
    expect(startsOf('2026-01-31', 6)).to.equal(
      '2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30',
    );
    expect(startsOf('2028-01-31', 4)).to.equal('2028-01-31 2028-02-29 2028-03-31 2028-04-30');
    expect(startsOf('2026-01-30', 4)).to.equal('2026-01-30 2026-02-28 2026-03-30 2026-04-30');
    expect(startsOf('2027-01-29', 3)).to.equal('2027-01-29 2027-02-28 2027-03-29');
    expect(startsOf('2028-01-29', 3)).to.equal('2028-01-29 2028-02-29 2028-03-29');
  });

  it('start on 29 February again in the next leap year', () => {
    expect(startsOf('2028-02-29', 5, 12)).to.equal('2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29');
  });

  it('have seven days for each week', () => {
    const cycle = cycleOf('2026-01-05', { interval_unit: 'week', interval_count: 4 }, 1);
    expect(periodOf(cycle, '2026-02-02')).to.eql({ starts_on: '2026-02-02', ends_on: '2026-03-01' });
    expect(periodOf(cycle, '2026-02-01')).to.eql({ starts_on: '2026-01-05', ends_on: '2026-02-01' });
  });

  it('begin before the move-in if the tenant has an invoice day', () => {
    expect(periodOf(cycleOf('2026-03-15', monthly, 1), '2026-03-15')).to.eql({
      starts_on: '2026-03-01',
      ends_on: '2026-03-31',
    });
    expect(periodOf(cycleOf('2027-02-10', monthly, 31), '2027-02-10')).to.eql({
      starts_on: '2027-01-31',
      ends_on: '2027-02-27',
    });
    expect(periodOf(cycleOf('2026-04-20', monthly, 15), '2026-04-20')).to.eql({
      starts_on: '2026-04-15',
      ends_on: '2026-05-14',
    });
  });

  it('find the same day a year later', () => {
    expect(oneYearAfter('2028-02-29')).to.equal('2029-02-28');
    expect(oneYearAfter('2026-05-31')).to.equal('2027-05-31');
  });
});
