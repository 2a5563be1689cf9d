import type * as z from 'zod';
import { refuse, type Parsed } from '../domain/form/parse-values.ts';
import { checkPassword, newPasswordSchema, type PasswordRules } from '../domain/password/password.ts';
import { fullName } from '../domain/user/user-name.ts';
import { parseForm } from '../http/form.ts';

/** @throws {Unavailable} when the strength cannot be estimated */
export async function parseNewPassword(
  body: unknown,
  rules: PasswordRules,
  { others }: { others: readonly string[] },
): Promise<Parsed<z.infer<ReturnType<typeof newPasswordSchema>>>> {
  const parsed = parseForm(newPasswordSchema(rules), body, { others });
  if (!parsed.ok) return parsed;
  const { new_password } = parsed.values;
  const names = { ...rules.names, user: [...rules.names.user, fullName(parsed.values)] };
  const problem = await checkPassword(new_password, rules.minimum, names);
  return problem ? refuse({ field: 'new_password', ...problem }) : parsed;
}
