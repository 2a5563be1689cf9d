import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Access } from '../user/access-state.ts';
import type { EmailAddress } from '../text/email-address.ts';

/** A customer who has a login already, as staff see them before linking them to one more company. */
export interface KnownCustomer extends Access {
  id: string;
  name: string;
  email: string;
  status: 'enabled' | 'disabled';
  /** They have chosen a password: there is nothing to invite them to. */
  has_password: boolean;
  is_member: boolean;
}

/** `is_member` tells of this company. */
export function findKnownCustomer(db: TenantDb, companyId: string, email: EmailAddress) {
  return knownCustomer(db, companyId).where('u.email_norm', email) as Found;
}

export function findKnownCustomerById(db: TenantDb, companyId: string, id: string) {
  return knownCustomer(db, companyId).where('u.id', id) as Found;
}

type Found = Knex.QueryBuilder<KnownCustomer, KnownCustomer | undefined>;

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
    .first() as unknown as Found;
}
