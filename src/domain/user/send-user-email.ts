import { z } from 'zod';
import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { queueEmail } from '../../mail/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type FieldError } from '../form/parse-form.ts';
import { findUserForUpdate, listUserCompanies, type User } from './user-queries.ts';

/** The mails staff send somebody by hand, with the words of their buttons. */
export const userEmails = {
  resetPassword: 'Send password reset email',
  accountActivation: 'Send activation email',
  accountInvitation: 'Send invitation email',
} as const;

type UserEmail = keyof typeof userEmails;

const sendForm = z.object({
  template: z.enum(Object.keys(userEmails) as [UserEmail, ...UserEmail[]], { error: 'Select an email' }),
});

/**
 * Queues a mail with a way in. A second one within half a minute is the same click twice and is not queued again.
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

  if (!(await wasJustQueued(db, id, template))) await queue(db, actor, user, template);
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

async function queue(db: TenantDb, actor: Actor, user: User, template: UserEmail): Promise<void> {
  await queueEmail(db, {
    template,
    user_id: user.id,
    audience: 'customer',
    to_address: user.email,
    variables: template === 'accountInvitation' ? await invitationWords(db, actor, user) : {},
    requested_by: actor.id,
  });
  await recordAudit(db, actor, {
    event: 'email.queued',
    target: { type: 'user', id: user.id, name: user.name || user.email },
    changes: { template: [null, template] },
  });
}

async function invitationWords(db: TenantDb, actor: Actor, user: User): Promise<Record<string, string>> {
  const companies = await listUserCompanies(db, user.id);
  return {
    inviter_name: actor.name,
    ...(companies.length === 1 && { company_name: companies[0]!.name }),
  };
}

async function wasJustQueued(db: TenantDb, userId: string, template: UserEmail): Promise<boolean> {
  const latest = (await db
    .from('emails')
    .where({ user_id: userId, template })
    .whereIn('state', ['queued', 'deferred', 'accepted', 'delivered'])
    .where('created_at', '>', db.raw("now() - interval '30 seconds'"))
    .first('id')) as { id: string } | undefined;
  return latest !== undefined;
}
