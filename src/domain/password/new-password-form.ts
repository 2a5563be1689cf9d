import { z } from 'zod';
import { checkbox } from '../form/fields.ts';
import { parseForm, refuse, type Form, type Parsed } from '../form/parse-form.ts';
import { checkPassword } from './password-policy.ts';

const newPasswordForm = z.object({ new_password: z.string(), accept_terms: checkbox() });

export interface PasswordRules {
  minimum: number;
  /** Words an attacker would try first. */
  known: readonly string[];
  needsTerms: boolean;
}

/** A new password as typed, checked but not yet hashed, and the agreement to the terms where it is due. */
export function parseNewPassword(body: unknown, rules: PasswordRules): Parsed<{ new_password: string }> {
  const parsed = parseForm(newPasswordForm, body);
  if (!parsed.ok) return parsed;
  const { new_password, accept_terms } = parsed.values;
  const errors: Form['errors'] = {};
  const problem = checkPassword(new_password, rules.minimum, rules.known);
  if (problem) errors['new_password'] = problem;
  if (rules.needsTerms && !accept_terms)
    errors['accept_terms'] = { text: 'Agree to the Terms and Conditions to continue' };
  return Object.keys(errors).length > 0 ? refuse(body, errors) : { ok: true, values: { new_password } };
}
