import { expect } from 'chai';
import { hasCardNumber } from '../../../src/domain/text/card-number.ts';

describe('A card number in a text', () => {
  for (const text of [
    '4242424242424242',
    'Charge my card 4242 4242 4242 4242, please.',
    '4242-4242-4242-4242',
    '5555.5555.5555.4444',
    'Amex 378282246310005',
    '\u0664\u0662\u0664\u0662\u0664\u0662\u0664\u0662\u0664\u0662\u0664\u0662\u0664\u0662\u0664\u0662',
    '4242\u00a04242\u00a04242\u00a04242',
    '4222222222222',
  ])
    it(`is found in ${text}`, () => expect(hasCardNumber(text)).to.equal(true));

  for (const text of [
    '',
    'Invoice INV-00042 of 120.00',
    '4242424242424241',
    '+44 20 7946 0000',
    'DE89 3704 0044 0532 0130 00',
    '42424242424242424242424242424242',
    '2026-05-01 to 2026-05-31',
  ])
    it(`is not found in "${text}"`, () => expect(hasCardNumber(text)).to.equal(false));
});
