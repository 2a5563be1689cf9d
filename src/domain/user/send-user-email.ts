import { z } from 'zod';
import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { parseForm, refuse, type FieldError } from '../form/parse-form.ts';
import { queueByHand } from './queue-by-hand.ts';
import { findUserForUpdate, listUserCompanies, type User } from './user-queries.ts';

/** The mails that staff send to a user. */
const userEmails = ['resetPassword', 'accountActivation', 'accountInvitation'] as const;

type UserEmail = (typeof userEmails)[number];

const sendForm = z.object({
  template: z.enum(userEmails, { error: 'Select an email' }),
});

/**
 * Queues a mail with a way in.
 *
 * @throws {NotFound} where the tenant has no such customer
 */
export async function sendUserEmail(db: TenantDb, actor: Actor, id: string, input: unknown) {
  const user = found(await findUserForUpdate(db, id));
  const parsed = parseForm(sendForm, input);
  if (!parsed.ok) return parsed;
  const { template } = parsed.values;
  const refusal = whyNotSend(user, template);
  if (refusal) return refuse(input, { template: refusal });

  const variables = template === 'accountInvitation' ? await invitationWords(db, actor, user) : {};
  await queueByHand(db, actor, { user, audience: 'customer', template, variables });
  return { ok: true as const, user, template };
}

/** What speaks against sending it, in a sentence for staff; null when nothing does. */
export function whyNotSend(user: User, template: UserEmail): FieldError | null {
  const params = { user: user.name || user.email };
  if (user.status === 'disabled') return { text: '{user} is disabled. Enable the login first.', params };
  const isActive = user.access === 'active' || user.has_password;
  if (template !== 'resetPassword' && isActive)
    return { text: '{user} is active already. Send a password reset email instead.', params };
  return null;
}

async function invitationWords(db: TenantDb, actor: Actor, user: User): Promise<Record<string, string>> {
  const companies = await listUserCompanies(db, user.id);
  return {
    inviter_name: actor.name,
    ...(companies.length === 1 && { company_name: companies[0]!.name }),
  };
}
