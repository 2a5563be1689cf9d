import type pg from 'pg';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import type { Statement } from '../../database/statement.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { rolePermissions, staffScope, type RoleKey } from '../role/built-in-roles.ts';
import { ACTS_FOR_SELF, customerContexts, isBlocked } from '../membership/customer-context.ts';
import type { EmailAddress } from '../text/email-address.ts';
import type { CurrentLogin, CurrentUser } from './login-session.ts';

const credentialColumns = {
  ...pick('users as u', 'id', 'audience', 'name', 'email', 'status', 'password_hash'),
  ...pick('users as u', 'email_verified_at', 'is_email_proven'),
};

export type Credentials = RowOf<typeof credentialColumns>;

export function findCredentials(db: TenantDb, audience: 'customer' | 'staff', address: EmailAddress) {
  const users = db.from('users as u').where({ 'u.audience': audience, 'u.email_norm': address });
  return selectRow(users, { ...credentialColumns, is_blocked: isBlocked(db, 'u') });
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

/**
 * Reads a session with its login. The login is null in the row unless user and tenant are enabled, so that disabling or
 * suspending takes effect with the next request.
 */
export function sessionStatement(tenantId: string, sidHash: string): Statement {
  return { text: SELECT_SESSION, values: [tenantId, sidHash] };
}

/** Whether a customer has no value for a required custom field that they may fill in. */
const HAS_MISSING_FIELDS = `
  u.audience = 'customer' and exists (
    select from custom_fields f where f.tenant_id = $1 and f.entity = 'user' and f.is_required
      and f.customer_access in ('sign_up', 'edit') and f.retired_at is null
      and not jsonb_exists(u.custom, f.code) and not exists (
      select from custom_field_values v
      where v.tenant_id = $1 and v.user_id = u.id and v.custom_field_id = f.id))`;

/** Whether customers see the page of their units: a business with the words of storage has units sooner or later. */
const RENTS_UNITS = `
  u.audience = 'customer' and (t.vocabulary = 'storage' or exists (select from units n where n.tenant_id = $1))`;

/** Every change of a custom field increases it. Only lists of staff need it. */
const FIELDS_VERSION = `
  case when u.audience = 'staff' then
    (select coalesce(sum(f.version), 0)::int from custom_fields f where f.tenant_id = $1) end`;

const SELECT_SESSION = `
  select s.sess, l.id as login_session_id, l.pending, l.last_seen_at < now() - interval '1 minute' as is_use_due,
      u.id, u.audience, u.email, u.name, u.first_name, u.last_name, u.email_verified_at, u.locale, u.time_zone, t.version as tenant_version,
      ${ACTS_FOR_SELF} as acts_for_self,
      ${HAS_MISSING_FIELDS} as has_missing_fields,
      ${RENTS_UNITS} as tenant_rents_units,
      ${FIELDS_VERSION} as fields_version,
      (select coalesce(json_agg(json_build_object('company_id', a.company_id, 'audience', r.audience,
           'code', r.code, 'is_built_in', r.is_built_in, 'permission', p.permission)), '[]')
       from role_assignments a
       join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
       left join role_permissions p on p.tenant_id = r.tenant_id and p.role_id = r.id
       where a.tenant_id = $1 and a.user_id = u.id) as roles,
      (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'status', c.status)
           order by c.name_norm, c.id), '[]')
       from memberships m
       join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
       where m.tenant_id = $1 and m.user_id = u.id) as companies
    from sessions s
    left join (
      login_sessions l
      join users u on u.tenant_id = l.tenant_id and u.id = l.user_id and u.status = 'enabled'
      join tenants t on t.id = l.tenant_id and t.status = 'active'
    ) on l.tenant_id = s.tenant_id and l.sid_hash = s.sid and l.revoked_at is null and l.expires_at > now()
      and now() - l.last_seen_at < make_interval(secs => l.idle_seconds)
    where s.tenant_id = $1 and s.sid = $2 and s.expire > now()`;

/** Records the use of a login session if that is due. */
export function recordUseStatement(tenantId: string, sidHash: string): Statement {
  return {
    text: `update login_sessions set last_seen_at = now()
           where tenant_id = $1 and sid_hash = $2 and revoked_at is null and expires_at > now()
             and last_seen_at < now() - interval '1 minute'
             and now() - last_seen_at < make_interval(secs => idle_seconds)`,
    values: [tenantId, sidHash],
  };
}

/** One for each permission of a custom role, one for a role without stored permissions. */
type RoleRow = RoleKey & { company_id: string | null; permission: string | null };

interface SessionRow
  extends Omit<CurrentUser, 'contexts'>, Pick<CurrentLogin, 'pending' | 'tenant_version' | 'fields_version'> {
  sess: unknown;
  /** Null without a login, as are the columns of the user. */
  login_session_id: string | null;
  is_use_due: boolean | null;
  acts_for_self: boolean;
  roles: RoleRow[];
}

export interface Session {
  sess: unknown;
  login: CurrentLogin | null;
  /** The use of the login was last recorded more than a minute ago. */
  isUseDue: boolean;
}

/** Reads the results of {@link sessionStatement}. Undefined if there is no session. */
export function toSession([read]: readonly pg.QueryResult[]): Session | undefined {
  const row = read?.rows[0] as SessionRow | undefined;
  return row && { sess: row.sess, login: toCurrentLogin(row), isUseDue: row.is_use_due ?? false };
}

function toCurrentLogin(row: SessionRow): CurrentLogin | null {
  const {
    sess: _,
    is_use_due: __,
    login_session_id,
    pending,
    tenant_version,
    fields_version,
    acts_for_self,
    roles,
    ...user
  } = row;
  if (login_session_id === null) return null;
  const permissionsIn = (companyId: string | null) =>
    roles
      .filter(({ company_id }) => company_id === companyId)
      .flatMap(({ permission, ...role }) => rolePermissions(role, permission === null ? [] : [permission]));
  const contexts = customerContexts(acts_for_self, user.companies, permissionsIn);
  // Blocking the last company of a customer takes effect like disabling the login.
  if (contexts.length === 0 && user.companies.length > 0) return null;
  return {
    login_session_id,
    pending,
    tenant_version,
    fields_version,
    user: { ...user, contexts },
    permissions: new Set(permissionsIn(null)),
    scope: staffScope(),
  };
}
