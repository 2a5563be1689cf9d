import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Credentials } from '../login-session/login-session-queries.ts';
import { hashToken, type TokenUser } from '../token/one-time-token.ts';

export interface Invitation {
  variables: Record<string, string> | null;
  /** The user has set a password in another way. */
  is_superseded: boolean;
}

const EMAIL_VARIABLES = `(
  select e.variables from emails e
  where e.tenant_id = ? and e.user_id = k.user_id and e.template = 'accountInvitation'
  order by e.id desc limit 1)`;

export function findInvitation(
  db: TenantDb,
  token: string,
): Knex.QueryBuilder<Invitation, Invitation | undefined> {
  return db
    .from('one_time_tokens as k')
    .join('users as u', { 'u.tenant_id': 'k.tenant_id', 'u.id': 'k.user_id' })
    .where('k.token_hash', hashToken(token))
    .where('k.purpose', 'invitation')
    .select({
      variables: db.raw(EMAIL_VARIABLES, [db.tenantId]),
      is_superseded: db.raw(
        `k.used_at is null and k.expires_at > now() and u.status = 'enabled' and u.password_hash is not null`,
      ),
    })
    .first() as unknown as Knex.QueryBuilder<Invitation, Invitation | undefined>;
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
