import { expect } from 'chai';
import { addDays, civilDate, daysOf, isCivilDate } from '../../../src/domain/billing/civil-date.ts';

describe('civil dates', () => {
  it('refuse days that do not exist and other forms', () => {
    for (const date of ['2026-02-28', '2028-02-29', '2026-12-31'])
      expect(isCivilDate(date), date).to.equal(true);
    for (const date of [
      '2026-02-29',
      '2026-04-31',
      '2026-13-01',
      '2026-00-10',
      '2026-01-00',
      '0000-01-01',
      '26-01-01',
      '2026-1-1',
      '',
    ])
      expect(isCivilDate(date), date).to.equal(false);
  });

  it('use the last day of a shorter month', () => {
    expect(civilDate(2026, 2, 31)).to.equal('2026-02-28');
    expect(civilDate(2028, 2, 31)).to.equal('2028-02-29');
    expect(civilDate(2026, 4, 31)).to.equal('2026-04-30');
  });

  it('count whole days, also when the clocks change', () => {
    expect(daysOf('2026-03-29', '2026-03-31')).to.equal(3);
    expect(daysOf('2026-01-01', '2026-12-31')).to.equal(365);
    expect(addDays('2026-03-28', 2)).to.equal('2026-03-30');
    expect(addDays('2026-03-01', -1)).to.equal('2026-02-28');
  });
});
