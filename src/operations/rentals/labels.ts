import { rowLabels } from '../row-labels.ts';

export const rentalLabels = rowLabels({
  entity: 'rental',
  path: '/rentals',
  view: 'operations/rentals/labels',
  permission: 'rentals.edit',
});
