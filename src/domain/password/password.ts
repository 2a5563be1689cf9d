import { createRequire } from 'node:module';
import * as z from 'zod';
import { checkbox, text } from '../form/fields.ts';
import { code, type ErrorDetails } from '../form/parse-values.ts';
import { MAX_PASSWORD_BYTES, normalisePassword } from './hash-password.ts';

const MAX_LENGTH = 128;
/** Staff have no second factor. */
const STAFF_MIN_LENGTH = 15;

const require = createRequire(import.meta.url);
let commonPasswords: Set<string> | undefined;

export function passwordMinLength(audience: 'customer' | 'staff', tenantMinimum: number): number {
  return audience === 'staff' ? Math.max(STAFF_MIN_LENGTH, tenantMinimum) : tenantMinimum;
}

/** @param guessableWords names and addresses of user, company and tenant */
export function checkPassword(
  input: string,
  minimum: number,
  guessableWords: readonly string[],
): ErrorDetails | null {
  const password = normalisePassword(input);
  if (password === '') return { code: 'password_required' };
  const length = Array.from(password).length;
  if (length < minimum) return { code: 'password_too_short', params: { minimum } };
  if (length > MAX_LENGTH || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return { code: 'password_too_long', params: { most: MAX_LENGTH } };
  return isGuessable(password.toLowerCase(), guessableWords) ? { code: 'password_guessable' } : null;
}

function isGuessable(password: string, guessableWords: readonly string[]): boolean {
  commonPasswords ??= readCommonPasswords();
  if (commonPasswords.has(password) || commonPasswords.has(password.replace(/[^\p{L}]+$/u, ''))) return true;
  if (new Set(password).size < 5) return true;
  return isDerivedFrom(password, guessableWords);
}

/** Reads the list only in a process that checks a new password. */
function readCommonPasswords(): Set<string> {
  const { dictionary } = require('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
  return new Set(dictionary.passwords as string[]);
}

function isDerivedFrom(password: string, guessableWords: readonly string[]): boolean {
  const words = guessableWords
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length > 3);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password);
  return rest.length < password.length && rest.length < 6;
}

export interface PasswordRules {
  minimum: number;
  guessableWords: readonly string[];
  /** Of the terms to agree to, if there are any. */
  termsNumber?: number | undefined;
}

/** `number` is the terms version that the form has shown: the agreement to another one does not count. */
export function newPasswordSchema({ minimum, guessableWords, termsNumber }: PasswordRules) {
  const shape = {
    new_password: text().superRefine((password, context) => {
      const problem = checkPassword(password, minimum, guessableWords);
      if (problem) context.addIssue({ code: 'custom', message: problem.code, params: problem.params });
    }),
    accept_terms: checkbox(),
    number: text().default(''),
  };
  // Also when the password is refused, so that the form shows all errors at once.
  const terms = { path: ['accept_terms'], when: () => true };
  return z
    .object(shape)
    .refine(({ number }) => termsNumber === undefined || number === String(termsNumber), {
      ...code('terms_changed'),
      ...terms,
    })
    .refine(({ accept_terms }) => termsNumber === undefined || accept_terms, {
      ...code('terms_not_accepted'),
      ...terms,
    });
}
