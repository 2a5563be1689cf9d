import { truncate } from '../../truncate.ts';
import { readableEmailAddress, type EmailAddress } from './email-address.ts';
import { fold, foldings } from './fold.ts';
import { cleanPhone, phoneDigits } from './phone-number.ts';

const MAX_TERM_LENGTH = 100;

/** In some countries a whole number without the code of the area or the country. */
export const LAST_DIGITS = 7;

/**
 * The column `search_text`: words, each after a space, in which a search looks for each of its words. The parts of a name
 * come separate and in both orders without a space.
 */
export function searchText({ names, words }: { names: readonly string[]; words: readonly string[] }): string {
  const folded = foldings.map((folding) => names.map(folding));
  const separate = [...folded.flat(), ...words].flatMap((text) => text.split(' '));
  const joined = folded.flatMap((parts) => [joinWords(parts), joinWords(parts.toReversed())]);
  const all = new Set([...separate, ...joined].filter(Boolean));
  return [...all].map((word) => ` ${word}`).join('');
}

function joinWords(parts: readonly string[]): string {
  return parts.join('').replace(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/** The address in ASCII and as it is shown. With a hyphen, which separates words, also the domain alone. */
export function emailWords(address: EmailAddress): string[] {
  const domain = address.slice(address.indexOf('@') + 1);
  const alone = domain.includes('-') ? [fold(domain)] : [];
  return [fold(address), ...alone, fold(readableEmailAddress(address))];
}

/** What a search looks for in `search_text`: folded words, separated by spaces. */
export function searchTerm(q: string): string {
  // A sign alone, which names do not contain, finds nothing instead of everything.
  const term = fold(q) || q.normalize('NFKC').replace(/[\p{M}\p{C}\p{Z}]/gu, '');
  return shorten([...new Set(term.split(' '))].join(' '));
}

/** As `searchTerm`, for names, email addresses and phone numbers, which are found by their last digits. */
export function personTerm(q: string): string {
  const phone = cleanPhone(q);
  const digits = phoneDigits(phone).replace(/^0+(?=\d{3})/, '');
  const isPhone = /^[+(\d][\d\s().\-/]*$/.test(phone) && digits.length >= 3;
  return isPhone ? digits.slice(-LAST_DIGITS) : searchTerm(q);
}

function shorten(term: string): string {
  return truncate(term, MAX_TERM_LENGTH).trim();
}
