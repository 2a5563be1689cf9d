import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { tokenLifetimes } from '../token/mint-token.ts';
import { markInvited } from '../user/mark-invited.ts';
import { emailNamed, type Audience, type EmailName } from './email-templates.ts';

export interface QueuedEmail {
  template: EmailName;
  /** Left out where the address was typed by somebody unknown: the worker finds out whose it is, if anybody's. */
  user_id?: string | null;
  audience: Audience;
  to_address: string;
  /** What the mail says besides its person, tenant and link. Never a token. */
  variables?: Record<string, string>;
  requested_by?: string | null;
  resent_from?: string | null;
}

/**
 * A mail to be sent once the caller's transaction is committed; the answer is its id. Whether it goes out at all is
 * the worker's to decide. A mail that opens the way in makes its person invited.
 */
export async function queueEmail(db: TenantDb, email: QueuedEmail): Promise<string> {
  const { template, audience, to_address } = email;
  if (!emailNamed(template).audiences.includes(audience)) {
    throw new Error(`There is no ${template} mail for ${audience}`);
  }
  const id = newId();
  await db.insertInto('emails', {
    id,
    template,
    audience,
    to_address,
    user_id: email.user_id ?? null,
    variables: JSON.stringify(email.variables ?? {}),
    requested_by: email.requested_by ?? null,
    resent_from: email.resent_from ?? null,
    // The worker adds the sending domain at the first attempt; from then on it never changes.
    message_id: id,
  });
  db.hasQueuedMail = true;
  if (email.user_id) await invite(db, email.user_id, template);
  return id;
}

/** Counted from now, and again by the worker from the moment the token is made. */
async function invite(db: TenantDb, userId: string, template: EmailName): Promise<void> {
  const { invites, token } = emailNamed(template);
  if (!invites) return;
  const expiresAt = token ? new Date(Date.now() + tokenLifetimes[token] * 1000) : null;
  await markInvited(db, userId, expiresAt);
}
