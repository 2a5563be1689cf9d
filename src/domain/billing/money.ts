import { toAsciiDigits } from '../../digits.ts';
import { currencyExponent } from '../../locales/currencies.ts';

/** Ten trillion units of most currencies; far below the limit of bigint in the database. */
export const MAX_AMOUNT = 1_000_000_000_000_000n;

/** Payment services refuse thousandths, so amounts of currencies with three digits keep steps of 10. */
export function amountStep(currency: string): bigint {
  return currencyExponent(currency) === 3 ? 10n : 1n;
}

const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Returns minor units, or undefined for a text that is no amount of the currency. Digits of all scripts are accepted;
 * the decimal separator is `.`, `,` or `٫` before the last group, and groups may be separated.
 */
export function parseAmount(text: string, currency: string): bigint | undefined {
  const exponent = currencyExponent(currency);
  const [, sign, units, fraction = ''] = AMOUNT.exec(normaliseAmount(text)) ?? [];
  if (units === undefined || fraction.length > exponent || units.length > 16) return undefined;
  const amount = BigInt(units + fraction.padEnd(exponent, '0'));
  if (amount > MAX_AMOUNT || amount % amountStep(currency) !== 0n) return undefined;
  return sign ? -amount : amount;
}

/** `1,234.5`, `1.234,5`, `1 234,5` and `١٬٢٣٤٫٥` become `1234.5`. */
function normaliseAmount(text: string): string {
  const plain = toAsciiDigits(text)
    .replace(/[\s\u00a0\u202f'’٬]/g, '')
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
