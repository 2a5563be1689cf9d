import { userList } from '../../domain/user/user-list.ts';
import { rowLabels } from '../row-labels.ts';
import { selectedLabels } from '../list-labels.ts';

export const userLabels = rowLabels({
  entity: 'user',
  path: '/users',
  view: 'operations/users/labels',
}).use(
  selectedLabels({
    entity: 'user',
    path: '/users',
    title: 'Users',
    list: userList,
  }),
);
