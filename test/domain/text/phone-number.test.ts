import { expect } from 'chai';
import { cleanPhone, isPhoneNumber, phoneDigits } from '../../../src/domain/text/phone-number.ts';

describe('isPhoneNumber', () => {
  for (const text of ['+44 20 7946 0000', '(020) 7946-0000', '555.0100', '+1 555 0100 ext. 12', '12345 x9']) {
    it(`accepts ${text}`, () => expect(isPhoneNumber(text)).to.equal(true));
  }

  for (const text of ['1234', 'call me', '+', '555 0100 tonight', '1'.repeat(21), '<b>555 0100</b>']) {
    it(`refuses ${text}`, () => expect(isPhoneNumber(text)).to.equal(false));
  }
});

describe('cleanPhone', () => {
  for (const [kind, typed, cleaned] of [
    ['direction marks', '\u202a+44 20 7946 0000\u202c', '+44 20 7946 0000'],
    ['Arabic-Indic digits', '٠٢٠ ٧٩٤٦', '020 7946'],
    ['Persian digits', '۰۲۰ ۷۹۴۶', '020 7946'],
    ['full-width digits and signs', '＋８１（３）１２３４－５６７８', '+81(3)1234-5678'],
    ['non-breaking hyphens and spaces', '020\u20117946\u00a00000', '020-7946 0000'],
    ['en dashes and minus signs', '020–7946−0000', '020-7946-0000'],
    ['a link', 'tel:+44-20-7946-0000;ext=12', '+44-20-7946-0000 ext. 12'],
    ['a zero in parentheses', '+44 (0)20 7946 0000', '+44 (0)20 7946 0000'],
  ] as const)
    it(`accepts ${kind}`, () => {
      expect(cleanPhone(typed)).to.equal(cleaned);
      expect(isPhoneNumber(cleaned)).to.equal(true);
    });
});

describe('phoneDigits', () => {
  it('leaves out the zero that is not dialled from abroad', () => {
    expect(phoneDigits('+44 (0)20 7946')).to.equal('44207946');
    expect(phoneDigits('(0)20 7946')).to.equal('0207946');
  });
});
