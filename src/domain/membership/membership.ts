import { z } from 'zod';
import type { Actor } from '../actor.ts';
import { selectableTemplates, type TemplateName } from '../email/email-templates.ts';
import { email } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';
import type { KnownCustomer } from './membership-queries.ts';

export function mayInvite(user: KnownCustomer): boolean {
  return user.status === 'enabled' && !user.has_password && user.access !== 'active';
}

const NO_EMAIL = 'none';

const roles = roleField();

/** Null for "Do not send an email". */
const template = z
  .string()
  .refine((name) => isNoEmail(name) || selectableTemplates().some((offered) => offered.value === name), {
    error: 'Select an email template',
  })
  .transform((name) => (isNoEmail(name) ? null : (name as TemplateName)));

export const addCustomerForm = z.object({ username: email(), roles, template });

export const linkCustomerForm = z.object({ user_id: z.string(), roles, template });

export const rolesForm = z.object({ roles });

export function emailOptions(actor: Actor): { value: string; label: string }[] {
  const templates = actor.permissions.has('users.invite') ? selectableTemplates() : [];
  return [{ value: NO_EMAIL, label: 'Do not send an email' }, ...templates];
}

function isNoEmail(name: string): boolean {
  return name === '' || name === NO_EMAIL;
}
