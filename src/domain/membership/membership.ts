import * as z from 'zod';
import type { Actor } from '../actor.ts';
import { selectableTemplates } from '../email/email-templates.ts';
import { optionalEmail, text } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { roleField } from '../role/role-queries.ts';
import { nameShape, withNameOrEmail, withNameRules } from '../user/user-name.ts';
import { hasEmail } from '../user/user.ts';
import type { KnownCustomer } from './membership-queries.ts';

export function mayInvite(user: KnownCustomer): boolean {
  return hasEmail(user) && user.status === 'enabled' && !user.has_password && user.access !== 'active';
}

export const NO_EMAIL = 'none';

const roles = roleField();

/** Null for "Do not send an email". */
const template = z
  .enum(
    selectableTemplates().map(({ value }) => value),
    code('invalid'),
  )
  .nullable()
  .default(null);

const newCustomerShape = { ...nameShape, username: optionalEmail(), roles, template };

export const newCustomerSchema = withNameOrEmail(
  withNameRules(z.object(newCustomerShape), { isOptional: true }),
  'username',
).refine(({ username, template }) => username !== null || template === null, {
  ...code('address_needed'),
  path: ['template'],
});

export type NewCustomerValues = z.infer<typeof newCustomerSchema>;

export const linkedCustomerSchema = z.object({ user_id: text(), roles, template });

export type LinkedCustomerValues = z.infer<typeof linkedCustomerSchema>;

export const rolesSchema = z.object({ roles });

export function emailOptions(actor: Actor): { value: string; label: string }[] {
  const templates = actor.permissions.has('users.invite') ? selectableTemplates() : [];
  return [{ value: NO_EMAIL, label: 'Do not send an email' }, ...templates];
}
