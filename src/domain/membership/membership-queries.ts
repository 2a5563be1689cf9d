import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';
import type { Membership, KnownCustomer } from './membership.ts';

export function findMembership(
  db: TenantDb,
  companyId: string,
  userId: string,
): Knex.QueryBuilder<Membership, Membership | undefined> {
  return db
    .from('memberships as m')
    .join('users as u', { 'u.tenant_id': 'm.tenant_id', 'u.id': 'm.user_id' })
    .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
    .where({ 'm.company_id': companyId, 'm.user_id': userId })
    .select({ user_id: 'u.id', user_name: 'u.name', user_email: 'u.email' })
    .select({ company_id: 'c.id', company_name: 'c.name' })
    .select(
      db.raw(
        `array(select a.role_id from role_assignments a
          where a.tenant_id = ? and a.company_id = m.company_id and a.user_id = m.user_id) as role_ids`,
        [db.tenantId],
      ),
    )
    .first() as unknown as Knex.QueryBuilder<Membership, Membership | undefined>;
}

export function findKnownCustomer(db: TenantDb, companyId: string, email: EmailAddress) {
  return knownCustomer(db, companyId).where('u.email_norm', email) as KnownCustomerQuery;
}

export function findKnownCustomerById(db: TenantDb, companyId: string, id: string) {
  return knownCustomer(db, companyId).where('u.id', id) as KnownCustomerQuery;
}

type KnownCustomerQuery = Knex.QueryBuilder<KnownCustomer, KnownCustomer | undefined>;

function knownCustomer(db: TenantDb, companyId: string) {
  return db
    .from('users as u')
    .leftJoin('memberships as m', {
      'm.tenant_id': 'u.tenant_id',
      'm.user_id': 'u.id',
      'm.company_id': db.raw('?::uuid', [companyId]),
    })
    .where('u.audience', 'customer')
    .select('u.id', 'u.name', 'u.email', 'u.status', 'u.access', 'u.access_expires_at')
    .select({
      has_password: db.raw('u.password_hash is not null'),
      is_member: db.raw('m.user_id is not null'),
    })
    .first() as unknown as KnownCustomerQuery;
}
