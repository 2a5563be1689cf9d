import { dictionary } from '@zxcvbn-ts/language-common';
import { z } from 'zod';
import { checkbox } from '../form/fields.ts';
import { parseForm, refuse, type FieldError, type Form, type Parsed } from '../form/parse-form.ts';
import { MAX_PASSWORD_BYTES, normalisePassword } from './hash-password.ts';

const MAX_LENGTH = 128;
/** Staff have no second factor. */
const STAFF_MIN_LENGTH = 15;

let commonPasswords: Set<string> | undefined;

export function passwordMinLength(audience: 'customer' | 'staff', tenantMinimum: number): number {
  return audience === 'staff' ? Math.max(STAFF_MIN_LENGTH, tenantMinimum) : tenantMinimum;
}

/** @param guessableWords names and addresses of user, company and tenant */
export function checkPassword(
  input: string,
  minimum: number,
  guessableWords: readonly string[],
): FieldError | null {
  const password = normalisePassword(input);
  if (password === '') return { text: 'Enter a new password' };
  const length = Array.from(password).length;
  if (length < minimum) return { text: 'Password must be {minimum} characters or more', params: { minimum } };
  if (length > MAX_LENGTH || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return { text: 'Password must be {most} characters or fewer', params: { most: MAX_LENGTH } };
  if (isGuessable(password.toLowerCase(), guessableWords))
    return { text: 'Choose a password that is harder to guess. This one is on a list of common passwords' };
  return null;
}

function isGuessable(password: string, guessableWords: readonly string[]): boolean {
  commonPasswords ??= new Set(dictionary.passwords as string[]);
  if (commonPasswords.has(password) || commonPasswords.has(password.replace(/[^\p{L}]+$/u, ''))) return true;
  if (new Set(password).size < 5) return true;
  return isDerivedFrom(password, guessableWords);
}

function isDerivedFrom(password: string, guessableWords: readonly string[]): boolean {
  const words = guessableWords
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length > 3);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password);
  return rest.length < password.length && rest.length < 6;
}

const newPasswordForm = z.object({ new_password: z.string(), accept_terms: checkbox() });

export interface PasswordRules {
  minimum: number;
  guessableWords: readonly string[];
  needsTerms: boolean;
}

export function parseNewPassword(body: unknown, rules: PasswordRules): Parsed<{ new_password: string }> {
  const parsed = parseForm(newPasswordForm, body);
  if (!parsed.ok) return parsed;
  const { new_password, accept_terms } = parsed.values;
  const errors: Form['errors'] = {};
  const problem = checkPassword(new_password, rules.minimum, rules.guessableWords);
  if (problem) errors['new_password'] = problem;
  if (rules.needsTerms && !accept_terms)
    errors['accept_terms'] = { text: 'Agree to the Terms and Conditions to continue' };
  return Object.keys(errors).length > 0 ? refuse(body, errors) : { ok: true, values: { new_password } };
}
