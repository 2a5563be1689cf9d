import { customDetails } from '../custom-details.ts';

export const rentalDetails = customDetails({
  entity: 'rental',
  path: '/rentals',
  view: 'operations/rentals/details',
  permission: 'rentals.edit',
});
