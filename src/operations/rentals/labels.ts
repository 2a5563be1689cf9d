import { rentalList } from '../../domain/rental/rental-list.ts';
import { rowLabels } from '../row-labels.ts';
import { selectedLabels } from '../list-labels.ts';

export const rentalLabels = rowLabels({
  entity: 'rental',
  path: '/rentals',
  view: 'operations/rentals/labels',
}).use(
  selectedLabels({
    entity: 'rental',
    path: '/rentals',
    title: 'Rentals',
    list: rentalList,
  }),
);
