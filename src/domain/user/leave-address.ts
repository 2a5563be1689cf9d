import type { TenantDb } from '../../database/tenant-db.ts';
import { queueEmail } from '../email/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { revokeTokens } from '../token/use-token.ts';
import type { User } from './user-queries.ts';

/**
 * Staff gave somebody another address: nothing that was proven or sent for the old one counts any more, and every
 * sign-in ends. Who has a password is asked to confirm the new address, and told at the old one.
 */
export async function leaveAddress(
  db: TenantDb,
  actor: Actor,
  before: User,
  after: { id: string; name: string; email: string },
): Promise<void> {
  const { id } = before;
  await db
    .from('users')
    .where({ id })
    .update({
      email_verified_at: null,
      is_email_proven: false,
      pending_email: null,
      ...(before.access !== 'active' && { access: 'no_access', access_expires_at: null }),
    });
  await revokeLoginSessions(db, id);
  await revokeTokens(db, id);
  if (before.has_password) await tellBoth(db, actor, before, after.email);
  await recordAudit(db, actor, {
    event: 'user.email_changed',
    target: { type: 'user', id, name: after.name },
    changes: { email: [before.email, after.email] },
  });
}

async function tellBoth(db: TenantDb, actor: Actor, { id, email }: User, newEmail: string): Promise<void> {
  const mail = { user_id: id, audience: 'customer', requested_by: actor.id } as const;
  await queueEmail(db, { ...mail, template: 'verifyEmail', to_address: newEmail });
  await queueEmail(db, {
    ...mail,
    template: 'emailChanged',
    to_address: email,
    variables: { purpose: 'changed_by_staff', new_email: newEmail },
  });
}
