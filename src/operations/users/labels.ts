import { rowLabels } from '../row-labels.ts';

export const userLabels = rowLabels({
  entity: 'user',
  path: '/users',
  view: 'operations/users/labels',
  permission: 'users.edit',
});
