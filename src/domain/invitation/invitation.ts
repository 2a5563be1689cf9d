import { selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Credentials } from '../login-session/login-session-queries.ts';
import { TENANT_IS_ACTIVE } from '../tenant/tenant.ts';
import { hashToken, type TokenUser } from '../token/one-time-token.ts';

const EMAIL_VARIABLES = `(
  select e.variables from emails e
  where e.tenant_id = ? and e.user_id = k.user_id and e.template = 'accountInvitation'
    and e.attempts > 0
  order by e.id desc limit 1)`;

const columns = (db: TenantDb) => ({
  variables: db.raw<Record<string, string> | null>(EMAIL_VARIABLES, [db.tenantId]),
  /** The user has set a password in another way. */
  is_superseded: db.raw<boolean>(
    `k.used_at is null and k.expires_at > ${db.now} and u.status = 'enabled' and u.password_hash is not null
     and ${TENANT_IS_ACTIVE}`,
    [db.tenantId],
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

/** The user after the invitation has been accepted with this password. */
export function invitedUser(link: TokenUser, passwordHash: string): Credentials {
  const { user_id: id, audience, name, email } = link;
  return {
    id,
    audience,
    name,
    email,
    status: 'enabled',
    password_hash: passwordHash,
    email_verified_at: new Date(),
    is_email_proven: true,
  };
}
