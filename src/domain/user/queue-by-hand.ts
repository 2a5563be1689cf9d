import type { TenantDb } from '../../database/tenant-db.ts';
import type { Audience, EmailName } from '../email/email-templates.ts';
import { queueEmail } from '../email/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';

interface MailByHand {
  user: { id: string; name: string; email: string };
  audience: Audience;
  template: EmailName;
  variables?: Record<string, string>;
}

/**
 * A mail that staff send somebody by a button. A second one within half a minute is the same click twice and is not
 * queued again.
 */
export async function queueByHand(
  db: TenantDb,
  actor: Actor,
  { user, audience, template, variables = {} }: MailByHand,
): Promise<void> {
  if (await wasJustQueued(db, user.id, template)) return;
  await queueEmail(db, {
    template,
    user_id: user.id,
    audience,
    to_address: user.email,
    variables,
    requested_by: actor.id,
  });
  await recordAudit(db, actor, {
    event: 'email.queued',
    target: { type: 'user', id: user.id, name: user.name || user.email },
    changes: { template: [null, template] },
  });
}

async function wasJustQueued(db: TenantDb, userId: string, template: EmailName): Promise<boolean> {
  const latest = (await db
    .from('emails')
    .where({ user_id: userId, template })
    .whereIn('state', ['queued', 'deferred', 'accepted', 'delivered'])
    .where('created_at', '>', db.raw("now() - interval '30 seconds'"))
    .first('id')) as { id: string } | undefined;
  return latest !== undefined;
}
