import type { RowOf } from '../../database/columns.ts';
import { createdRange, daysBetween, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { joinRequests, requestColumns } from './request-queries.ts';
import { requestKinds, requestStatuses } from './request.ts';

export type ListedRequest = RowOf<typeof requestColumns>;

export const requestList = list({
  from: 'requests as q',
  join: (requests) => void joinRequests(requests),
  columns: () => requestColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['q.id'], fields: ['id'] } },
  defaultSort: '-created',
  filters: {
    status: manyOf(requestStatuses, 'q.status'),
    kind: manyOf(requestKinds, 'q.kind'),
    wanted: daysBetween('q.wanted_on'),
    created: createdRange('q.id'),
  },
});
