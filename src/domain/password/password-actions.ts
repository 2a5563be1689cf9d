import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueEmail } from '../email/queue-email.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { acceptTerms } from '../terms/terms-actions.ts';
import {
  consumeToken,
  revokeTokens,
  type OpenedToken,
  type TokenPurpose,
  type TokenUser,
} from '../token/one-time-token.ts';
import type { NameValues } from '../user/user-name.ts';
import { giveName } from '../user/user-profile.ts';
import { userTarget } from '../user/user.ts';

export function findPasswordHash(db: TenantDb, userId: string) {
  return selectRow(db.from('users').where({ id: userId }), pick('users', 'password_hash'));
}

interface NewPassword extends OpenedToken {
  purpose: TokenPurpose;
  passwordHash: string;
  /** Of the version that the form has shown; empty if it has shown none. */
  termsNumber: string;
  /** Saved only if the user has none. */
  name?: Partial<NameValues>;
}

/** Succeeds for one of several concurrent calls. Without errors, the refusal is that of a link that does not work. */
export async function setPasswordWithToken(
  db: TenantDb,
  actor: Actor,
  user: TokenUser,
  { token, browser_key, purpose, passwordHash, termsNumber, name = {} }: NewPassword,
): Promise<{ ok: true } | RefusedValues> {
  if (!(await consumeToken(db, user, token, purpose, browser_key))) return refuse();
  const { user_id: id } = user;
  const isInvitation = purpose === 'invitation';
  await db
    .from('users')
    .where({ id })
    .update({
      ...newPassword(db, passwordHash),
      access: 'active',
      access_expires_at: null,
      is_email_proven: true,
      ...(isInvitation && { email_verified_at: db.raw('least(email_verified_at, now())') }),
    });
  const target = userTarget({ ...user, id });
  const self = actAs(actor, { ...user, id });
  revokeLoginSessions(db, id);
  revokeTokens(db, id);
  await giveName(db, self, id, name);
  if (user.terms_number !== null) {
    const accepted = await acceptTerms(db, self, target, termsNumber);
    if (!accepted.ok) return accepted;
  }
  if (user.password_hash) notifyPasswordChanged(db, { ...user, id });
  recordAudit(db, self, {
    event: isInvitation ? 'user.invitation_accepted' : 'user.password_set',
    target,
    changes: { password: ['•••', '•••'] },
  });
  return { ok: true };
}

export function changePassword(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string; audience: 'customer' | 'staff' },
  { passwordHash, loginSessionId }: { passwordHash: string; loginSessionId: string },
): void {
  db.defer(db.from('users').where({ id: user.id }).update(newPassword(db, passwordHash)));
  revokeLoginSessions(db, user.id, { except: loginSessionId });
  revokeTokens(db, user.id);
  notifyPasswordChanged(db, user);
  recordAudit(db, actor, {
    event: 'user.password_changed',
    target: userTarget(user),
    changes: { password: ['•••', '•••'] },
  });
}

/** Clears the pending address, because its token is revoked with every change of the password. */
export function newPassword(db: TenantDb, passwordHash: string) {
  return {
    password_hash: passwordHash,
    password_changed_at: db.raw<Date>('now()'),
    pending_email: null,
    updated_at: db.raw<Date>('now()'),
  };
}

function notifyPasswordChanged(
  db: TenantDb,
  user: { id: string; email: string; audience: 'customer' | 'staff' },
): void {
  queueEmail(db, {
    template: 'passwordChanged',
    user_id: user.id,
    audience: user.audience,
    to_address: user.email,
  });
}
