import { z } from 'zod';
import { offeredEmails, type EmailName } from '../email/email-templates.ts';
import type { Actor } from '../actor.ts';
import { email } from '../form/fields.ts';
import { atLeastOneRole } from '../role/chosen-roles.ts';

export const NO_EMAIL = 'none';

const roles = atLeastOneRole();

/** The name of the chosen mail, or null. */
const template = z
  .string()
  .refine((name) => isNone(name) || offeredEmails().some((offered) => offered.value === name), {
    error: 'Select an email template',
  })
  .transform((name) => (isNone(name) ? null : (name as EmailName)));

export const addCustomerForm = z.object({ username: email(), roles, template });

export const linkCustomerForm = z.object({ user_id: z.string(), roles, template });

export const rolesForm = z.object({ roles });

/** What "Email template" offers this actor, "Do not send an email" first. */
export function emailChoices(actor: Actor): { value: string; label: string }[] {
  const mayInvite = actor.permissions.has('users.invite');
  return [{ value: NO_EMAIL, label: 'Do not send an email' }, ...(mayInvite ? offeredEmails() : [])];
}

function isNone(name: string): boolean {
  return name === '' || name === NO_EMAIL;
}
