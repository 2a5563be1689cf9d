import type { RowOf } from '../../database/columns.ts';
import { id } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { joinRequester, taskColumns } from './task-queries.ts';

export type ListedTask = RowOf<typeof taskColumns>;

/** The tasks of one user. */
export const taskList = list({
  from: 'tasks as t',
  join: joinRequester,
  within: { requested_by: id('t.requested_by') },
  columns: () => taskColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['t.id'], fields: ['id'] } },
  defaultSort: '-created',
});
