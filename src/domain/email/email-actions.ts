import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { emailNamed, tokenPurpose } from './email-templates.ts';
import { queueEmail } from './queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findEmail, type EmailDetail } from './email-queries.ts';

export type Resent = { ok: true; email_id: string; to_address: string } | { ok: false; reason: string };

/**
 * The same mail to the same person once more, to the address they have now and with a link of its own. The reason of
 * a refusal is a sentence for staff.
 *
 * @throws {NotFound} where the tenant has no such mail
 */
export async function resendEmail(db: TenantDb, actor: Actor, emailId: string): Promise<Resent> {
  // One at a time: of two clicks, the second finds what the first has done.
  await db.from('emails').where({ id: emailId }).forUpdate().first('id');
  const email = found(await findEmail(db, emailId));
  const person = email.user_id && (await findCurrentAddresses(db, email.user_id));
  if (!person) return refuse('Nobody here has this address, so there is nobody to send it to.');
  if (email.due_at) return refuse('It is still on its way and is tried again by itself.');
  if (await wasJustResent(db, email)) return refuse('It was sent again a moment ago.');

  const to_address = addressFor(email, person);
  if (!to_address) return refuse('The change of address is no longer waiting to be confirmed.');
  const email_id = await queueEmail(db, {
    template: email.template,
    user_id: email.user_id,
    audience: email.audience,
    to_address,
    variables: email.variables,
    requested_by: actor.kind === 'staff' ? actor.id : null,
    resent_from: email.id,
  });
  await recordAudit(db, actor, {
    event: 'email.resent',
    target: { type: 'email', id: email_id, name: `${emailNamed(email.template).label} to ${to_address}` },
  });
  return { ok: true, email_id, to_address };
}

/** Whether "Send again" is worth offering. */
export function mayResend(email: Pick<EmailDetail, 'user_id' | 'due_at'>): boolean {
  return email.user_id !== null && email.due_at === null;
}

async function wasJustResent(db: TenantDb, { id, user_id }: EmailDetail): Promise<boolean> {
  const resent = await db
    .from('emails')
    .where({ user_id, resent_from: id })
    .where((recent) =>
      recent.whereNotNull('due_at').orWhere('created_at', '>', db.raw("now() - interval '10 seconds'")),
    )
    .first('id');
  return resent !== undefined;
}

interface CurrentAddresses {
  email: string;
  pending_email: string | null;
}

async function findCurrentAddresses(db: TenantDb, userId: string): Promise<CurrentAddresses | undefined> {
  return (await db.from('users').where({ id: userId }).first('email', 'pending_email')) as
    CurrentAddresses | undefined;
}

function addressFor(email: EmailDetail, { email: current, pending_email }: CurrentAddresses): string | null {
  if (tokenPurpose(email.template, email.variables) === 'change_email') return pending_email;
  // What happened to an account is told where it was told first.
  return emailNamed(email.template).is_notice ? email.to_address : current;
}

function refuse(reason: string): Resent {
  return { ok: false, reason };
}
