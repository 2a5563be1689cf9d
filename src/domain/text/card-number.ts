import { toAsciiDigits } from '../../digits.ts';

/** Digits that may be separated, of the lengths of card numbers. */
const NUMBER = /(?<!\d)\d(?:[ \u00a0.\-\u2010-\u2015]?\d){12,18}(?!\d)/g;

/** Whether a text has a number with the first digit, the length and the check digit of a card number. */
export function hasCardNumber(text: string): boolean {
  const numbers = toAsciiDigits(text).match(NUMBER) ?? [];
  return numbers.some((number) => {
    const digits = number.replace(/\D/g, '');
    return /^[2-6]/.test(digits) && hasCheckDigit(digits);
  });
}

/** The check of Luhn. */
function hasCheckDigit(digits: string): boolean {
  const sum = digits
    .split('')
    .toReversed()
    .reduce((total, digit, n) => {
      const value = Number(digit) * (n % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
