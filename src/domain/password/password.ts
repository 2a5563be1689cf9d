import * as z from 'zod';
import { checkbox, text } from '../form/fields.ts';
import { code, type ErrorDetails } from '../form/parse-values.ts';
import { nameShape, withNameRules } from '../user/user-name.ts';
import { MAX_PASSWORD_BYTES, normalisePassword } from './hash-password.ts';
import { findWeakness, type KnownNames } from './password-strength.ts';

const MAX_LENGTH = 128;
/** Staff have no second factor. */
const STAFF_MIN_LENGTH = 15;

export function passwordMinLength(audience: 'customer' | 'staff', tenantMinimum: number): number {
  return audience === 'staff' ? Math.max(STAFF_MIN_LENGTH, tenantMinimum) : tenantMinimum;
}

/** @throws {Unavailable} when the strength cannot be estimated */
export async function checkPassword(
  input: string,
  minimum: number,
  names: KnownNames,
): Promise<ErrorDetails | null> {
  return checkLength(input, minimum) ?? (await findWeakness(normalisePassword(input), names));
}

function checkLength(input: string, minimum: number): ErrorDetails | null {
  const password = normalisePassword(input);
  if (password === '') return { code: 'password_required' };
  const length = Array.from(password).length;
  if (length < minimum) return { code: 'password_too_short', params: { minimum } };
  if (length > MAX_LENGTH || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return { code: 'password_too_long', params: { most: MAX_LENGTH } };
  return null;
}

export interface PasswordRules {
  minimum: number;
  names: KnownNames;
  /** Of the terms to agree to, if there are any. */
  termsNumber?: number | undefined;
}

/**
 * `number` is the terms version that the form has shown: the agreement to another one does not count. Does not check
 * whether the password is easy to guess, because that is asynchronous.
 */
export function newPasswordSchema({ minimum, termsNumber }: Omit<PasswordRules, 'names'>) {
  const shape = {
    // Saved only of a user who has no name yet.
    ...nameShape,
    new_password: text().superRefine((password, context) => {
      const problem = checkLength(password, minimum);
      if (problem) context.addIssue({ code: 'custom', message: problem.code, params: problem.params });
    }),
    accept_terms: checkbox(),
    number: text().default(''),
  };
  // Also when the password is refused, so that the form shows all errors at once.
  const terms = { path: ['accept_terms'], when: () => true };
  return withNameRules(z.object(shape), { isOptional: true })
    .refine(({ number }) => termsNumber === undefined || number === String(termsNumber), {
      ...code('terms_changed'),
      ...terms,
    })
    .refine(({ accept_terms }) => termsNumber === undefined || accept_terms, {
      ...code('terms_not_accepted'),
      ...terms,
    });
}
