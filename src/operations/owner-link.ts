import type { RentalDetail } from '../domain/rental/rental-queries.ts';

type Owned = Pick<RentalDetail, 'customer' | 'user_id' | 'company_id'>;

/** Who owes: a company or a person. */
export function ownerLink({ customer, user_id, company_id }: Owned) {
  return company_id === null
    ? { name: customer, href: `/users/${user_id}`, permission: 'users.view' }
    : { name: customer, href: `/customers/companies/${company_id}`, permission: 'companies.view' };
}
