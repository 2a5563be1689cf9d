import type pg from 'pg';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { convertRead, type Statement } from '../../database/in-tenant.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { rolePermissions, type RoleKey } from '../role/built-in-roles.ts';
import { ACTS_FOR_SELF, customerContexts, type CustomerCompany } from '../membership/customer-context.ts';
import type { EmailAddress } from '../text/email-address.ts';
import type { CurrentLogin, CurrentUser } from './login-session.ts';

const credentialColumns = {
  ...pick('users', 'id', 'audience', 'name', 'email', 'status', 'password_hash'),
  ...pick('users', 'email_verified_at', 'is_email_proven'),
};

export type Credentials = RowOf<typeof credentialColumns>;

export function findCredentials(db: TenantDb, audience: 'customer' | 'staff', address: EmailAddress) {
  return selectRow(db.from('users').where({ audience, email_norm: address }), credentialColumns);
}

/** Not cached: entries of TenantDirectory are up to ten seconds old. */
export function findTenantStatus(db: TenantDb) {
  const tenant = db.raw<{ rows: Pick<Row<'tenants'>, 'status'>[] }>(
    'select status from tenants where id = ?',
    [db.tenantId],
  );
  return convertRead(tenant, ({ rows }) => rows[0]?.status);
}

export function listLoginSessions(db: TenantDb, userId: string) {
  const sessions = db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .whereRaw('expires_at > now() and now() - last_seen_at < make_interval(secs => idle_seconds)')
    .orderBy('last_seen_at', 'desc')
    .limit(50);
  return selectRows(sessions, pick('login_sessions', 'id', 'created_at', 'last_seen_at', 'ip', 'user_agent'));
}

/** Also checks user and tenant, so that disabling or suspending takes effect with the next request. */
export function currentLoginStatements(tenantId: string, sidHash: string): Statement[] {
  const values = [tenantId, sidHash];
  const userId = `select l.user_id from login_sessions l where l.tenant_id = $1 and l.sid_hash = $2`;
  return [
    {
      text: `select l.id as login_session_id, l.pending,
               u.id, u.audience, u.email, u.name, u.first_name, u.last_name, u.email_verified_at, u.locale, u.time_zone,
               ${ACTS_FOR_SELF} as acts_for_self
             from login_sessions l
             join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
             join tenants t on t.id = l.tenant_id
             where l.tenant_id = $1 and l.sid_hash = $2 and l.revoked_at is null and l.expires_at > now()
               and now() - l.last_seen_at < make_interval(secs => l.idle_seconds)
               and u.status = 'enabled' and t.status = 'active'`,
      values,
    },
    {
      text: `select distinct a.company_id, r.audience, r.code, r.is_built_in, p.permission from role_assignments a
             join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
             left join role_permissions p on p.tenant_id = r.tenant_id and p.role_id = r.id
             where a.tenant_id = $1 and a.user_id = (${userId})`,
      values,
    },
    {
      text: `select c.id, c.name, c.status from memberships m
             join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
             where m.tenant_id = $1 and m.user_id = (${userId}) order by c.name_norm, c.id`,
      values,
    },
    {
      text: `update login_sessions set last_seen_at = now()
             where tenant_id = $1 and sid_hash = $2 and revoked_at is null and expires_at > now()
               and last_seen_at < now() - interval '1 minute'
               and now() - last_seen_at < make_interval(secs => idle_seconds)`,
      values,
    },
  ];
}

/** One for each permission of a custom role, one for a role without stored permissions. */
type RoleRow = RoleKey & { company_id: string | null; permission: string | null };

interface SessionRow
  extends Omit<CurrentUser, 'companies' | 'contexts'>, Omit<CurrentLogin, 'user' | 'permissions' | 'scope'> {
  acts_for_self: boolean;
}

/** Reads the results of {@link currentLoginStatements} in their order. */
export function toCurrentLogin([session, roles, companies]: readonly pg.QueryResult[]): CurrentLogin | null {
  const row = session?.rows[0] as SessionRow | undefined;
  if (!row) return null;
  const { login_session_id, pending, acts_for_self, ...user } = row;
  const memberOf = companies!.rows as CustomerCompany[];
  const permissionsIn = (companyId: string | null) =>
    (roles!.rows as RoleRow[])
      .filter(({ company_id }) => company_id === companyId)
      .flatMap(({ permission, ...role }) => rolePermissions(role, permission === null ? [] : [permission]));
  return {
    login_session_id,
    pending,
    user: {
      ...user,
      companies: memberOf,
      contexts: customerContexts(acts_for_self, memberOf, permissionsIn),
    },
    permissions: new Set(permissionsIn(null)),
    // No role restricts staff yet.
    scope: { kind: 'all' },
  };
}
