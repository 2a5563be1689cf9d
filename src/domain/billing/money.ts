import { toAsciiDigits } from '../../digits.ts';
import { currencyExponent } from '../../locales/currencies.ts';

/** Ten trillion units of most currencies; far below the limit of bigint in the database. */
export const MAX_AMOUNT = 1_000_000_000_000_000n;

/** Payment services refuse thousandths, so amounts of currencies with three digits keep steps of 10. */
export function amountStep(currency: string): bigint {
  return currencyExponent(currency) === 3 ? 10n : 1n;
}

/** Returns minor units, or undefined for a text that is no amount of the currency. */
export function parseAmount(text: string, currency: string): bigint | undefined {
  const amount = parseDecimal(text, currencyExponent(currency));
  return amount === undefined || amount % amountStep(currency) !== 0n ? undefined : amount;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Returns the number times 10 to the power of `digits`, or undefined for a text that is no number or has more digits
 * after the decimal separator. Digits of all scripts are accepted; the decimal separator is `.`, `,` or `٫` before the
 * last group, and groups may be separated.
 */
export function parseDecimal(text: string, digits: number): bigint | undefined {
  const [, sign, units, fraction = ''] = DECIMAL.exec(normaliseAmount(text)) ?? [];
  if (units === undefined || fraction.length > digits || units.length > 16) return undefined;
  const number = BigInt(units + fraction.padEnd(digits, '0'));
  if (number > MAX_AMOUNT) return undefined;
  return sign ? -number : number;
}

/** Whether a text is a number above the maximum. */
export function isAboveMaximum(text: string, currency: string): boolean {
  const [, , units = '0'] = DECIMAL.exec(normaliseAmount(text)) ?? [];
  return BigInt(units) * 10n ** BigInt(currencyExponent(currency)) >= MAX_AMOUNT;
}

/** The inverse of `parseDecimal`, without zeros at the end: `8.875`. */
export function formatDecimal(number: number, digits: number): string {
  const text = String(number).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`.replace(/\.?0+$/, '');
}

/** `1,234.5`, `1.234,5`, `1 234,5` and `١٬٢٣٤٫٥` become `1234.5`. */
function normaliseAmount(text: string): string {
  const plain = toAsciiDigits(text)
    .replace(/[\s\u00a0\u202f'\u2019\u066c]/g, '')
    .replaceAll('٫', '.')
    .replaceAll('\u2212', '-');
  const last = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  if (last < 0) return plain;
  const separator = plain[last]!;
  const other = separator === '.' ? ',' : '.';
  // `1,234` has a separator of groups; `1,23` and `1.234,5` have a decimal comma.
  const isGroup = separator === ',' && !plain.includes(other) && /^-?\d{1,3}(,\d{3})+$/.test(plain);
  if (isGroup) return plain.replaceAll(',', '');
  const units = plain.slice(0, last);
  if (units.includes(separator)) return 'invalid';
  if (units.includes(other) && !isGrouped(units, other)) return 'invalid';
  return `${units.replaceAll(other, '')}.${plain.slice(last + 1)}`;
}

function isGrouped(units: string, separator: string): boolean {
  const [first = '', ...groups] = units.replace('-', '').split(separator);
  return first.length >= 1 && first.length <= 3 && groups.every((group) => group.length === 3);
}
