import { dictionary } from '@zxcvbn-ts/language-common';
import type { FieldError } from '../form/parse-form.ts';
import { MOST_BYTES, normalPassword } from './hash-password.ts';

const MOST_CHARACTERS = 128;
const STAFF_MINIMUM = 15;

let common: Set<string> | undefined;

/** How many characters a new password needs: staff, without a second factor, more. */
export function passwordMinimum(audience: 'customer' | 'staff', tenantMinimum: number): number {
  return audience === 'staff' ? Math.max(STAFF_MINIMUM, tenantMinimum) : tenantMinimum;
}

/**
 * What is wrong with a new password, or null. Length counts, guessing counts, composition does not.
 *
 * @param known words an attacker would try first: the tenant's name, the company's, parts of the address
 */
export function checkPassword(typed: string, minimum: number, known: readonly string[]): FieldError | null {
  const password = normalPassword(typed);
  if (password === '') return { text: 'Enter a new password' };
  const length = Array.from(password).length;
  if (length < minimum) return { text: 'Password must be {minimum} characters or more', params: { minimum } };
  if (length > MOST_CHARACTERS || Buffer.byteLength(password) > MOST_BYTES)
    return { text: 'Password must be {most} characters or fewer', params: { most: MOST_CHARACTERS } };
  if (isGuessable(password.toLowerCase(), known))
    return { text: 'Choose a password that is harder to guess. This one is on a list of common passwords' };
  return null;
}

function isGuessable(password: string, known: readonly string[]): boolean {
  common ??= new Set(dictionary.passwords as string[]);
  if (common.has(password) || common.has(password.replace(/[^\p{L}]+$/u, ''))) return true;
  if (new Set(password).size < 5) return true;
  return isMadeOf(password, known);
}

/** Whether little is left of a password without the words that stand around it. */
function isMadeOf(password: string, known: readonly string[]): boolean {
  const words = known
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length > 3);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password);
  return rest.length < password.length && rest.length < 6;
}
