import { expect } from 'chai';
import { instantOf } from '../../../src/domain/billing/local-time.ts';

describe('instantOf', () => {
  for (const [title, date, time, zone, expected] of [
    ['of summer time', '2026-03-29', '14:00', 'Europe/London', '2026-03-29T13:00:00.000Z'],
    ['of winter time', '2026-03-28', '14:00', 'Europe/London', '2026-03-28T14:00:00.000Z'],
    ['that the clocks skip', '2026-03-08', '02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['that comes twice', '2026-11-01', '01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['at a midnight that the clocks skip', '2026-04-24', '00:15', 'Africa/Cairo', '2026-04-23T22:15:00.000Z'],
    ['of a day that was left out', '2011-12-30', '00:15', 'Pacific/Apia', '2011-12-30T10:15:00.000Z'],
  ] as const)
    it(`returns the instant of a time ${title}`, async () => {
      expect((await instantOf(date, time, zone)).toISOString()).to.equal(expected);
    });
});
