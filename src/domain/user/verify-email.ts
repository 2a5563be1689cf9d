import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import { found } from '../../errors.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueEmail } from '../email/queue-email.ts';
import { consumeToken, type OpenedToken, type TokenUser } from '../token/one-time-token.ts';
import { emailOfLogin, userTarget } from './user.ts';

export const MINUTES_BETWEEN_VERIFICATION_EMAILS = 3;

/** Locks the user's row, so that concurrent requests send one email. */
export async function requestEmailVerification(
  db: TenantDb,
  actor: Actor,
  userId: string,
): Promise<'sent' | 'sent recently' | 'already verified'> {
  const user = found(
    await selectRow(db.from('users').where({ id: userId }).forUpdate(), {
      ...pick('users', 'id', 'audience', 'name', 'email_verified_at'),
      email: emailOfLogin('users'),
    }),
  );
  if (user.email_verified_at) return 'already verified';
  if (await hasRecentVerificationEmail(db, userId)) return 'sent recently';
  queueEmail(db, {
    template: 'verifyEmail',
    user_id: userId,
    audience: user.audience,
    to_address: user.email,
    requested_by: actor.id,
  });
  recordAudit(db, actor, {
    event: 'user.email_verification_requested',
    target: userTarget(user),
  });
  return 'sent';
}

export async function verifyEmail(
  db: TenantDb,
  actor: Actor,
  link: TokenUser,
  { token, browser_key }: OpenedToken,
): Promise<{ ok: true } | Refused> {
  if (!(await consumeToken(db, link, token, 'verify_email', browser_key))) return refuseWith({});
  const { user_id: userId } = link;
  await db
    .from('users')
    .where({ id: userId })
    .update({
      email_verified_at: db.raw('least(email_verified_at, now())'),
      updated_at: db.raw('now()'),
    });
  const user = { ...link, id: userId };
  recordAudit(db, actAs(actor, user), {
    event: 'user.email_verified',
    target: userTarget(user),
    changes: { email_verified: [false, true] },
  });
  return { ok: true };
}

async function hasRecentVerificationEmail(db: TenantDb, userId: string): Promise<boolean> {
  const emails = db
    .from('emails')
    .where({ user_id: userId, template: 'verifyEmail' })
    .where(
      'created_at',
      '>',
      db.raw('now() - make_interval(mins => ?)', [MINUTES_BETWEEN_VERIFICATION_EMAILS]),
    )
    .whereRaw(`variables->>'purpose' is distinct from 'change_email'`);
  const recent = await selectRow(emails, pick('emails', 'id'));
  return recent !== undefined;
}
