import type { Knex } from 'knex';
import { column, pick, selectRow, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { AuditEvent } from '../audit/audit.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { isBlocked } from '../membership/customer-context.ts';
import { customOfUser } from '../custom-field/former-values.ts';
import { openCodeExpiry } from './activation-code.ts';
import { accessColumns } from './user.ts';

const refColumns = pick('users', 'id', 'name', 'email', 'status');

export function findUserByEmail(db: TenantDb, audience: 'customer' | 'staff', email: EmailAddress) {
  return selectRow(db.visible('users').where({ audience, email_norm: email }), refColumns);
}

const columns = (db: TenantDb) => ({
  ...refColumns,
  ...accessColumns(db, 'users'),
  ...pick('users', 'first_name', 'last_name', 'phone', 'address', 'locale', 'phone2', 'referral_code'),
  ...pick('users', 'alternate_name', 'alternate_phone', 'alternate_email', 'alternate_relation'),
  ...pick('users', 'pending_email', 'email_verified_at', 'last_login_at', 'created_at', 'version'),
  audience: column('users', 'audience') as Column<'customer'>,
  custom: customOfUser(db),
  has_password: db.raw<boolean>('password_hash is not null'),
  is_blocked: isBlocked(db, 'users'),
  code_expires_at: openCodeExpiry(db),
});

export type User = RowOf<ReturnType<typeof columns>>;

/** Finds customers only, no staff. */
export function findUser(db: TenantDb, id: string) {
  return selectRow(db.visible('users').where({ id, audience: 'customer' }), columns(db));
}

export function findUserForUpdate(db: TenantDb, id: string) {
  return findUser(db, id).forUpdate();
}

const companyColumns = (db: TenantDb) => ({
  ...pick('companies as c', 'id', 'name', 'code'),
  roles: db.raw<string[]>('array_remove(array_agg(r.name order by r.position, r.name), null)'),
});

export function listUserCompanies(db: TenantDb, userId: string) {
  const companies = db
    .visible('memberships as m')
    .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
    .leftJoin('role_assignments as a', {
      'a.tenant_id': 'm.tenant_id',
      'a.company_id': 'm.company_id',
      'a.user_id': 'm.user_id',
    })
    .leftJoin('roles as r', { 'r.tenant_id': 'a.tenant_id', 'r.id': 'a.role_id' })
    .where('m.user_id', userId)
    .groupBy('c.id', 'c.name', 'c.code', 'c.name_norm')
    .orderBy(['c.name_norm', 'c.id'])
    .limit(100);
  return selectRows(companies, companyColumns(db));
}

const FAILED_LOGIN: AuditEvent = 'user.login_failed';

const historyColumns = {
  ...pick('audit_events as e', 'id', 'at', 'actor_name', 'outcome', 'ip', 'target_name'),
  event: column('audit_events as e', 'event') as Column<AuditEvent>,
  changes: column('audit_events as e', 'changes') as Column<Record<string, unknown>>,
};

export type UserHistoryEntry = RowOf<typeof historyColumns>;

const HISTORY_EVENTS = 10;
/** A line of the history with this count stands for that many failed logins or more. */
export const MAX_FAILED_LOGINS = 200;

/**
 * The newest events, and the newest failed logins, which must not displace the others. With the events of users who
 * were merged into the user.
 */
export function listUserHistory(db: TenantDb, userId: string) {
  const others = listNewestEvents(db, userId, HISTORY_EVENTS).whereNot('e.event', FAILED_LOGIN);
  const failures = listNewestEvents(db, userId, MAX_FAILED_LOGINS).where('e.event', FAILED_LOGIN);
  const former = db.visible('user_aliases as l').where('l.user_id', userId);
  const ofFormer = listNewestEvents(db, db.raw('l.id'), HISTORY_EVENTS).whereNot('e.event', FAILED_LOGIN);
  const entries = db.raw<{ rows: UserHistoryEntry[] }>(
    '(?) union all (?) union all (select f.* from ? cross join lateral (?) f)',
    [others, failures, former.select(db.raw('l.id')).as('l'), ofFormer],
  );
  return convertRead(entries, ({ rows }) => rows);
}

/** `userId` may be SQL of an id. */
export function listNewestEvents(db: TenantDb, userId: string | Knex.Raw, limit: number) {
  return selectRows(db.visible('audit_events as e').where('e.target_id', userId), historyColumns)
    .orderBy([
      { column: 'e.at', order: 'desc' },
      { column: 'e.id', order: 'desc' },
    ])
    .limit(limit);
}
