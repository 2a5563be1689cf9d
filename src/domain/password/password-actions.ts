import type { TenantDb } from '../../database/tenant-db.ts';
import { queueEmail } from '../email/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { acceptTerms } from '../terms/terms-actions.ts';
import type { TokenPurpose } from '../token/mint-token.ts';
import { revokeTokens, spendToken, type LinkedUser } from '../token/use-token.ts';

/**
 * Saves the password that a mailed link was opened for: spends the link, ends every other sign-in and link, records
 * the agreement to the terms. Of parallel calls one succeeds; the others answer `ok: false` and change nothing.
 */
export async function setPasswordByLink(
  db: TenantDb,
  actor: Actor,
  link: LinkedUser,
  { token, purpose, passwordHash }: { token: string; purpose: TokenPurpose; passwordHash: string },
): Promise<{ ok: boolean }> {
  const userId = await spendToken(db, token, purpose);
  if (userId === undefined) return { ok: false };
  const isVerified = purpose === 'invitation';
  await db
    .from('users')
    .where({ id: userId })
    .update({
      password_hash: passwordHash,
      password_changed_at: db.raw('now()'),
      access: 'active',
      access_expires_at: null,
      is_email_proven: true,
      ...(isVerified && { email_verified_at: db.raw('coalesce(email_verified_at, now())') }),
      updated_at: db.raw('now()'),
    });
  const target = { type: 'user', id: userId, name: link.name || link.email } as const;
  const self: Actor = { ...actor, kind: link.audience, id: userId, name: target.name };
  await endEverythingElse(db, userId);
  if (link.needs_terms) await acceptTerms(db, self, target);
  if (link.password_hash) await tellPasswordChanged(db, { ...link, id: userId });
  await recordAudit(db, self, {
    event: purpose === 'invitation' ? 'user.invitation_accepted' : 'user.password_set',
    target,
    changes: { password: ['•••', '•••'] },
  });
  return { ok: true };
}

/** Somebody signed in chose a new password; this sign-in stays, the others end. */
export async function changePassword(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string; audience: 'customer' | 'staff' },
  { passwordHash, loginSessionId }: { passwordHash: string; loginSessionId: string },
): Promise<void> {
  await db
    .from('users')
    .where({ id: user.id })
    .update({
      password_hash: passwordHash,
      password_changed_at: db.raw('now()'),
      updated_at: db.raw('now()'),
    });
  await endEverythingElse(db, user.id, loginSessionId);
  await tellPasswordChanged(db, user);
  await recordAudit(db, actor, {
    event: 'user.password_changed',
    target: { type: 'user', id: user.id, name: user.name || user.email },
    changes: { password: ['•••', '•••'] },
  });
}

async function endEverythingElse(db: TenantDb, userId: string, loginSessionId?: string): Promise<void> {
  await revokeLoginSessions(db, userId, loginSessionId === undefined ? {} : { except: loginSessionId });
  await revokeTokens(db, userId);
  await db.from('users').where({ id: userId }).update({ pending_email: null });
}

async function tellPasswordChanged(
  db: TenantDb,
  user: { id: string; email: string; audience: 'customer' | 'staff' },
): Promise<void> {
  await queueEmail(db, {
    template: 'passwordChanged',
    user_id: user.id,
    audience: user.audience,
    to_address: user.email,
  });
}
