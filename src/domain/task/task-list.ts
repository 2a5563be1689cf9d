import type { RowOf } from '../../database/columns.ts';
import { createdRange, id, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { requestedKinds, taskStates } from './task.ts';
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
  filters: {
    state: manyOf(taskStates, 't.state'),
    kind: manyOf(Object.keys(requestedKinds) as (keyof typeof requestedKinds)[], 't.kind'),
    created: createdRange('t.id'),
  },
});
