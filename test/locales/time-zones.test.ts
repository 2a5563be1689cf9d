import { expect } from 'chai';
import {
  canonicalTimeZone,
  timeZoneLabel,
  timeZoneOptions,
  timeZones,
} from '../../src/locales/time-zones.ts';

describe('canonicalTimeZone', () => {
  it('returns the current name for every other name of the time zone', () => {
    const names = {
      'Asia/Calcutta': 'Asia/Kolkata',
      'asia/kolkata': 'Asia/Kolkata',
      'Europe/Kiev': 'Europe/Kyiv',
      'Asia/Saigon': 'Asia/Ho_Chi_Minh',
      'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
      'US/Pacific': 'America/Los_Angeles',
      'Etc/UTC': 'UTC',
    };
    for (const [name, today] of Object.entries(names)) expect(canonicalTimeZone(name), name).to.equal(today);
  });

  it('returns every listed name unchanged', () => {
    expect(timeZones.filter((name) => canonicalTimeZone(name) !== name)).to.eql([]);
  });

  it('returns undefined for names of no time zone', () => {
    for (const name of ['', 'Mars/Base', '+02:00', 'Europe/Berlin;', ' UTC'])
      expect(canonicalTimeZone(name), name).to.equal(undefined);
  });
});

describe('timeZoneLabel', () => {
  it('shows the offset at the given time', () => {
    const label = (name: string, at: string) => timeZoneLabel(name, new Date(at));
    expect(label('Europe/Kyiv', '2026-01-15')).to.equal('Europe/Kyiv (UTC+02:00)');
    expect(label('Europe/Kyiv', '2026-07-15')).to.equal('Europe/Kyiv (UTC+03:00)');
    expect(label('America/New_York', '2026-01-15')).to.equal('America/New York (UTC-05:00)');
    expect(label('UTC', '2026-01-15')).to.equal('UTC');
  });
});

describe('timeZoneOptions', () => {
  it('labels each time zone once', async () => {
    const options = await timeZoneOptions();
    expect(options.map(({ value }) => value)).to.eql(timeZones);
    expect(new Set(options.map(({ label }) => label)).size).to.equal(options.length);
  });

  it('is computed again on another day', async () => {
    const winter = await timeZoneOptions(new Date('2026-01-15'));
    expect(await timeZoneOptions(new Date('2026-01-15T20:00:00Z'))).to.equal(winter);
    const summer = await timeZoneOptions(new Date('2026-07-15'));
    const labelOf = (options: typeof winter) => options.find(({ value }) => value === 'Europe/Kyiv')!.label;
    expect(labelOf(summer)).not.to.equal(labelOf(winter));
  });
});
