import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { AuditEvent } from '../audit/audit.ts';
import type { EmailAddress } from '../text/email-address.ts';
import type { UserRef, User } from './user.ts';

export function findUserByEmail(
  db: TenantDb,
  audience: 'customer' | 'staff',
  email: EmailAddress,
): Knex.QueryBuilder<UserRef, UserRef | undefined> {
  return db
    .from('users')
    .where({ audience, email_norm: email })
    .select('id', 'name', 'email', 'status')
    .first() as unknown as Knex.QueryBuilder<UserRef, UserRef | undefined>;
}

/** Finds customers only, no staff. */
export function findUser(db: TenantDb, id: string): Knex.QueryBuilder<User, User | undefined> {
  return db
    .from('users')
    .where({ id, audience: 'customer' })
    .select(
      'id',
      'audience',
      'name',
      'email',
      'status',
      'access',
      'access_expires_at',
      'first_name',
      'last_name',
      'phone',
      'locale',
      'pending_email',
      'email_verified_at',
      db.raw('password_hash is not null as has_password'),
      'last_login_at',
      'created_at',
      'version',
    )
    .first() as unknown as Knex.QueryBuilder<User, User | undefined>;
}

export function findUserForUpdate(db: TenantDb, id: string): Knex.QueryBuilder<User, User | undefined> {
  return findUser(db, id).forUpdate() as unknown as Knex.QueryBuilder<User, User | undefined>;
}

export interface UserCompany {
  id: string;
  name: string;
  code: string;
  roles: string[];
}

export function listUserCompanies(
  db: TenantDb,
  userId: string,
): Knex.QueryBuilder<UserCompany, UserCompany[]> {
  return db
    .from('memberships as m')
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
    .limit(100)
    .select(
      'c.id',
      'c.name',
      'c.code',
      db.raw('array_remove(array_agg(r.name order by r.position, r.name), null) as roles'),
    ) as unknown as Knex.QueryBuilder<UserCompany, UserCompany[]>;
}

export interface UserHistoryEntry {
  at: Date;
  event: AuditEvent;
  /** Null if erased. */
  actor_name: string | null;
  outcome: 'success' | 'failure';
  changes: Record<string, unknown>;
}

export function listUserHistory(
  db: TenantDb,
  userId: string,
): Knex.QueryBuilder<UserHistoryEntry, UserHistoryEntry[]> {
  return db
    .from('audit_events as e')
    .where('e.target_id', userId)
    .orderBy([
      { column: 'e.at', order: 'desc' },
      { column: 'e.id', order: 'desc' },
    ])
    .limit(10)
    .select('e.at', 'e.event', 'e.actor_name', 'e.outcome', 'e.changes') as unknown as Knex.QueryBuilder<
    UserHistoryEntry,
    UserHistoryEntry[]
  >;
}
