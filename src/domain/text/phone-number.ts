import { toAsciiDigits } from '../../digits.ts';
import { cleanLine } from './pasted-text.ts';

/** As it is stored and shown: with ASCII digits, plus sign and hyphens, without the scheme of a link. */
export function cleanPhone(text: string): string {
  return toAsciiDigits(cleanLine(text))
    .replace(/^tel:\s*/i, '')
    .replace(/;ext=/i, ' ext. ')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\uff0b\ufe62]/g, '+')
    .replace(/[\uff08\uff09\uff0e\uff0f]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
}

/** Of a cleaned text. Accepts separators between digits, and an extension at the end. */
export function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return digits >= 5 && digits <= 20 && /^\+?[\d\s().\-/]+((ext\.?|x|#)\s*\d+)?$/i.test(text);
}

/** The digits of a cleaned text, without the zero that is dialled only inside the country: `+44 (0)20`. */
export function phoneDigits(text: string): string {
  const dialled = /^(\+|00)/.test(text) ? text.replace(/\(0\)/, '') : text;
  return dialled.replace(/\D/g, '');
}

/** The address of a link that dials a cleaned number. */
export function phoneHref(text: string): string {
  const [number = ''] = text.split(/[a-z#]/i);
  return `tel:${number.startsWith('+') ? '+' : ''}${phoneDigits(number)}`;
}
