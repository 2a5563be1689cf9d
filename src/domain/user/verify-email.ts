import type { TenantDb } from '../../database/tenant-db.ts';
import { queueEmail } from '../email/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { spendToken, type LinkedUser } from '../token/use-token.ts';

/** Minutes between two confirmation mails to one person. */
export const MINUTES_BETWEEN = 3;

/**
 * Mails somebody a link to confirm the address they have. The person's row is held meanwhile, so that two clicks are
 * one mail.
 */
export async function requestVerification(
  db: TenantDb,
  actor: Actor,
  userId: string,
): Promise<'sent' | 'sent just now' | 'verified already'> {
  const user = (await db
    .from('users')
    .where({ id: userId })
    .forUpdate()
    .first('name', 'email', 'email_verified_at')) as {
    name: string;
    email: string;
    email_verified_at: Date | null;
  };
  if (user.email_verified_at) return 'verified already';
  if (await hasRecentMail(db, userId)) return 'sent just now';
  await queueEmail(db, {
    template: 'verifyEmail',
    user_id: userId,
    audience: 'customer',
    to_address: user.email,
    requested_by: actor.id,
  });
  await recordAudit(db, actor, {
    event: 'user.email_verification_requested',
    target: { type: 'user', id: userId, name: user.name || user.email },
  });
  return 'sent';
}

/** Spends the link and takes the address as theirs. */
export async function verifyEmail(
  db: TenantDb,
  actor: Actor,
  link: LinkedUser,
  token: string,
): Promise<{ ok: boolean }> {
  const userId = await spendToken(db, token, 'verify_email');
  if (userId === undefined) return { ok: false };
  await db
    .from('users')
    .where({ id: userId })
    .update({
      email_verified_at: db.raw('coalesce(email_verified_at, now())'),
      updated_at: db.raw('now()'),
    });
  const target = { type: 'user', id: userId, name: link.name || link.email } as const;
  await recordAudit(
    db,
    { ...actor, kind: link.audience, id: userId, name: target.name },
    { event: 'user.email_verified', target, changes: { email_verified: [false, true] } },
  );
  return { ok: true };
}

async function hasRecentMail(db: TenantDb, userId: string): Promise<boolean> {
  const recent: unknown = await db
    .from('emails')
    .where({ user_id: userId, template: 'verifyEmail' })
    .where('created_at', '>', db.raw('now() - make_interval(mins => ?)', [MINUTES_BETWEEN]))
    .whereRaw(`variables->>'purpose' is distinct from 'change_email'`)
    .first('id');
  return recent !== undefined;
}
