import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CompanyStatus } from '../company/company.ts';
import { isAllowedBy, statusRules } from '../company/company-status.ts';
import { personalPermissions } from '../role/permissions.ts';

export interface CustomerCompany {
  id: string;
  name: string;
  status: CompanyStatus;
}

/** Whom a customer acts for: a company, or themselves if `company` is null. */
export interface CustomerContext {
  company: CustomerCompany | null;
  permissions: ReadonlySet<string>;
}

/** Of `users u` of the tenant $1. The first rental, invoice or credit of a person opens their billing account. */
export const ACTS_FOR_SELF = `(u.is_private_customer or exists (
  select from billing_accounts ba where ba.tenant_id = $1 and ba.user_id = u.id))`;

/** A customer who does not act for themselves and whose companies are all blocked. `u` is the alias of `users`. */
export function isBlocked(db: TenantDb, u: 'u' | 'users'): Knex.Raw<boolean> {
  return db.raw(
    `(${u}.audience = 'customer' and not ${u}.is_private_customer
      and not exists (select from billing_accounts ba where ba.tenant_id = ? and ba.user_id = ${u}.id)
      and exists (select from memberships mb where mb.tenant_id = ? and mb.user_id = ${u}.id)
      and not exists (
        select from memberships mb join companies cb on cb.tenant_id = mb.tenant_id and cb.id = mb.company_id
        where mb.tenant_id = ? and mb.user_id = ${u}.id and cb.status <> 'blocked'))`,
    [db.tenantId, db.tenantId, db.tenantId],
  );
}

/** Oneself first, then the companies in the given order without the blocked ones. */
export function customerContexts(
  actsForSelf: boolean,
  companies: readonly CustomerCompany[],
  permissionsIn: (companyId: string) => readonly string[],
): CustomerContext[] {
  const self = { company: null, permissions: new Set<string>(personalPermissions) };
  const inCompanies = companies
    .filter(({ status }) => givesContext(status))
    .map((company) => ({
      company,
      permissions: new Set(permissionsIn(company.id).filter((each) => isAllowedBy(company.status, each))),
    }));
  return [...(actsForSelf ? [self] : []), ...inCompanies];
}

export function givesContext(status: CompanyStatus): boolean {
  return statusRules[status].gives_access;
}
