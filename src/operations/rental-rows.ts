import type { RentalDetail } from '../domain/rental/rental-queries.ts';
import { intervalLabel } from '../domain/rental/rental.ts';
import { badgesOfRental } from './badges.ts';

type Owned = Pick<RentalDetail, 'customer' | 'user_id' | 'company_id'>;

/** Who owes: a company or a person. */
export function ownerLink({ customer, user_id, company_id }: Owned) {
  return company_id === null
    ? { name: customer, href: `/users/${user_id}`, permission: 'users.view' }
    : { name: customer, href: `/customers/companies/${company_id}`, permission: 'companies.view' };
}

type Listed = Owned &
  Pick<RentalDetail, 'status' | 'ends_on' | 'locked_out_at' | 'interval_unit' | 'interval_count'>;

export function rentalRows<Rental extends Listed>(rentals: readonly Rental[]) {
  return rentals.map((rental) => ({
    ...rental,
    owner: ownerLink(rental),
    badges: badgesOfRental(rental),
    interval: intervalLabel(rental),
  }));
}
