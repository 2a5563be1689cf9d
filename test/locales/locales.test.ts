import { expect } from 'chai';
import { formatters, staffLocale, supportedLocale } from '../../src/locales/locales.ts';

describe('supportedLocale', () => {
  it('keeps British English and falls back to the language, then to English', () => {
    const expected = {
      'en-GB': 'en-GB',
      'en-gb': 'en-GB',
      'en-AU': 'en',
      en: 'en',
      'ar-EG': 'ar',
      tlh: 'en',
      constructor: 'en',
    };
    for (const [wanted, locale] of Object.entries(expected))
      expect(supportedLocale(wanted), wanted).to.equal(locale);
    expect(supportedLocale(null)).to.equal('en');
  });
});

describe('staffLocale', () => {
  it('is English with the dates of the tenant', () => {
    expect(['en', 'en-GB', 'ar'].map(staffLocale)).to.eql(['en', 'en-GB', 'en']);
  });
});

describe('formatters', () => {
  it('write dates as usual in each kind of English', () => {
    const at = new Date('2026-01-31T12:00:00Z');
    expect(formatters('en', 'UTC').formatDate(at)).to.equal('Jan 31, 2026');
    expect(formatters('en-GB', 'UTC').formatDate(at)).to.equal('31 Jan 2026');
  });
});
