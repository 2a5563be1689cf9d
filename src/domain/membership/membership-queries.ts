import { column, pick, selectRow, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { accessColumns } from '../user/user.ts';
import { roleIds } from '../role/role-queries.ts';

const columns = (db: TenantDb) => ({
  user_id: column('users as u', 'id'),
  user_name: column('users as u', 'name'),
  user_email: column('users as u', 'email'),
  company_id: column('companies as c', 'id'),
  company_name: column('companies as c', 'name'),
  company_status: column('companies as c', 'status'),
  role_ids: roleIds(db, 'a.company_id = m.company_id and a.user_id = m.user_id'),
});

export type Membership = RowOf<ReturnType<typeof columns>>;

export function findMembership(db: TenantDb, companyId: string, userId: string) {
  const membership = db
    .visible('memberships as m')
    .join('users as u', { 'u.tenant_id': 'm.tenant_id', 'u.id': 'm.user_id' })
    .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
    .where({ 'm.company_id': companyId, 'm.user_id': userId });
  return selectRow(membership, columns(db));
}

export function findKnownCustomer(db: TenantDb, companyId: string, email: EmailAddress) {
  return knownCustomer(db, companyId).where('u.email_norm', email);
}

export function findKnownCustomerById(db: TenantDb, companyId: string, id: string) {
  return knownCustomer(db, companyId).where('u.id', id);
}

const knownCustomerColumns = (db: TenantDb) => ({
  ...pick('users as u', 'id', 'name', 'email', 'status'),
  ...accessColumns(db, 'users as u'),
  has_password: db.raw<boolean>('u.password_hash is not null'),
  is_member: db.raw<boolean>('m.user_id is not null'),
});

export type KnownCustomer = RowOf<ReturnType<typeof knownCustomerColumns>>;

function knownCustomer(db: TenantDb, companyId: string) {
  const customers = db
    .visible('users as u')
    .leftJoin('memberships as m', {
      'm.tenant_id': 'u.tenant_id',
      'm.user_id': 'u.id',
      'm.company_id': db.raw('?::uuid', [companyId]),
    })
    .where('u.audience', 'customer');
  return selectRow(customers, knownCustomerColumns(db));
}
