import { selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import type { Actor } from '../actor.ts';
import { logIn } from '../login-session/login-session-actions.ts';
import type { StartedLoginSession } from '../login-session/login-session.ts';
import { setPasswordWithToken } from '../password/password-actions.ts';
import { hashToken, type TokenUser } from '../token/one-time-token.ts';

const EMAIL_VARIABLES = `(
  select e.variables from emails e
  where e.tenant_id = ? and e.user_id = k.user_id and e.template = 'accountInvitation'
  order by e.id desc limit 1)`;

const columns = (db: TenantDb) => ({
  variables: db.raw<Record<string, string> | null>(EMAIL_VARIABLES, [db.tenantId]),
  /** The user has set a password in another way. */
  is_superseded: db.raw<boolean>(
    `k.used_at is null and k.expires_at > now() and u.status = 'enabled' and u.password_hash is not null`,
  ),
});

export function findInvitation(db: TenantDb, token: string) {
  const invitation = db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' })
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', 'invitation');
  return selectRow(invitation, columns(db));
}

/** A refused login must not consume the token: the refusal rolls back. */
export async function acceptInvitation(
  db: TenantDb,
  actor: Actor,
  user: TokenUser,
  { token, passwordHash, sidHash }: { token: string; passwordHash: string; sidHash: string },
): Promise<{ ok: true; session: StartedLoginSession } | Refused> {
  const saved = await setPasswordWithToken(db, actor, user, { token, purpose: 'invitation', passwordHash });
  if (!saved.ok) return saved;
  const loggedIn = await logIn(
    db,
    actor,
    {
      id: user.user_id,
      audience: user.audience,
      name: user.name,
      email: user.email,
      status: 'enabled',
      password_hash: passwordHash,
      email_verified_at: new Date(),
      is_email_proven: true,
    },
    { sidHash, isRemembered: false },
  );
  return loggedIn ? { ok: true, session: loggedIn.session } : refuseWith({});
}
