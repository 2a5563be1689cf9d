import type pg from 'pg';
import type { Statement } from '../../database/in-tenant.ts';
import { permissionsOf } from '../role/permissions.ts';

/** What a valid session is worth right now; read on every signed-in request. */
export interface SignIn {
  login_session_id: string;
  tenant_id: string;
  is_terms_pending: boolean;
  user: SignedInUser;
  permissions: ReadonlySet<string>;
}

export interface SignedInUser {
  id: string;
  audience: 'customer' | 'staff';
  email: string;
  name: string;
  first_name: string | null;
  last_name: string | null;
  email_verified_at: Date | null;
  locale: string | null;
  time_zone: string | null;
  companies: { id: string; name: string }[];
}

/**
 * Valid while not revoked, not idle too long, not past its end, and while both the person and the tenant are allowed
 * in: whoever is disabled or suspended is out with the next request. last_seen_at slides at most once a minute.
 */
export function signInStatements(tenantId: string, sidHash: string): Statement[] {
  const values = [tenantId, sidHash];
  const signedIn = `select l.user_id from login_sessions l where l.tenant_id = $1 and l.sid_hash = $2`;
  return [
    {
      text: `select l.id as login_session_id, l.tenant_id, l.is_terms_pending,
               u.id, u.audience, u.email, u.name, u.first_name, u.last_name, u.email_verified_at, u.locale, u.time_zone
             from login_sessions l
             join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
             join tenants t on t.id = l.tenant_id
             where l.tenant_id = $1 and l.sid_hash = $2 and l.revoked_at is null and l.expires_at > now()
               and l.last_seen_at > now() - make_interval(secs => l.idle_seconds)
               and u.status = 'enabled' and t.status = 'active'`,
      values,
    },
    {
      text: `select distinct p.permission from role_assignments a
             join role_permissions p on p.tenant_id = a.tenant_id and p.role_id = a.role_id
             where a.tenant_id = $1 and a.user_id = (${signedIn})`,
      values,
    },
    {
      text: `select c.id, c.name from memberships m
             join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
             where m.tenant_id = $1 and m.user_id = (${signedIn}) order by c.name_norm`,
      values,
    },
    {
      text: `update login_sessions set last_seen_at = now()
             where tenant_id = $1 and sid_hash = $2 and revoked_at is null and expires_at > now()
               and last_seen_at < now() - interval '1 minute'
               and last_seen_at > now() - make_interval(secs => idle_seconds)`,
      values,
    },
  ];
}

/** From the answers to {@link signInStatements}; null when the session is worth nothing (any more). */
export function toSignIn([session, permissions, companies]: readonly pg.QueryResult[]): SignIn | null {
  const row = session?.rows[0] as
    (Omit<SignedInUser, 'companies'> & Omit<SignIn, 'user' | 'permissions'>) | undefined;
  if (!row) return null;
  const { login_session_id, tenant_id, is_terms_pending, ...user } = row;
  const memberOf = companies!.rows as SignedInUser['companies'];
  const granted = permissions!.rows.map((grant: { permission: string }) => grant.permission);
  return {
    login_session_id,
    tenant_id,
    is_terms_pending,
    user: { ...user, companies: memberOf },
    permissions: permissionsOf(user.audience, memberOf.length > 0, granted),
  };
}
