import { expect } from 'chai';
import { catalogues, translator } from '../../src/locales/translate.ts';

describe('t()', () => {
  before(() => {
    catalogues['ar']!['{count} test units'] = {
      zero: 'لا وحدات',
      one: 'وحدة',
      two: 'وحدتان',
      few: '{count} وحدات',
      other: '{count} وحدة',
    };
  });
  after(() => delete catalogues['ar']!['{count} test units']);

  it('replaces the placeholders of a sentence', () => {
    expect(translator('en')('Hi {first_name},', { first_name: 'Ada' })).to.equal('Hi Ada,');
  });

  it('does not replace placeholders in parameters', () => {
    const t = translator('en');
    expect(t('{one} and {other}', { one: '{other}', other: '{one}' })).to.equal('{other} and {one}');
    expect(t('{constructor}', {})).to.equal('{constructor}');
  });

  it('returns English text without a translation unchanged', () => {
    expect(translator('ar')('This has no translation')).to.equal('This has no translation');
  });

  it('selects the plural form in English and in Arabic', () => {
    const units = { one: '{count} test unit', other: '{count} test units' };
    expect([0, 1, 1200].map((count) => translator('en')(units, { count }))).to.deep.equal([
      '0 test units',
      '1 test unit',
      '1,200 test units',
    ]);
    expect([0, 1, 2, 3, 11].map((count) => translator('ar-EG')(units, { count }))).to.deep.equal([
      'لا وحدات',
      'وحدة',
      'وحدتان',
      '3 وحدات',
      '11 وحدة',
    ]);
  });

  it('falls back to English for an unsupported language', () => {
    expect(translator('tlh')).to.equal(translator('en'));
  });
});
