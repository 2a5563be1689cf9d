import { expect } from 'chai';
import { isPhoneNumber } from '../../../src/domain/text/phone-number.ts';

describe('isPhoneNumber', () => {
  for (const text of ['+44 20 7946 0000', '(020) 7946-0000', '555.0100', '+1 555 0100 ext. 12', '12345 x9']) {
    it(`accepts ${text}`, () => expect(isPhoneNumber(text)).to.equal(true));
  }

  for (const text of ['1234', 'call me', '+', '555 0100 tonight', '1'.repeat(21), '<b>555 0100</b>']) {
    it(`refuses ${text}`, () => expect(isPhoneNumber(text)).to.equal(false));
  }
});
