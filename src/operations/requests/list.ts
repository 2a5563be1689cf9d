import { Router } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { requestList } from '../../domain/request/request-list.ts';
import { requestKinds, requestLabels, requestStatuses } from '../../domain/request/request.ts';
import { displayName } from '../../domain/user/user.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { requestBadges } from '../badges.ts';

export const requests = Router();

requests.get('/', may('requests.decide'), async (req, res) => {
  const list = await readList(req, res, requestList);
  if (!list) return;
  const { filters } = list.query;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    requestList.counted(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/requests/list', {
    title: 'Requests',
    requests: rows.map((request) => ({
      ...request,
      label: requestLabels[request.kind],
      status_badge: requestBadges[request.status],
      sender: displayName({ name: request.user_name, email: request.user_email }),
    })),
    count,
    max_count: MAX_COUNT,
    status_filter: filters.status ?? [],
    kind_filter: filters.kind ?? '',
    statuses: requestStatuses.map((value) => ({ value, label: requestBadges[value].text })),
    kinds: requestKinds.map((value) => ({ value, label: requestLabels[value] })),
    is_filtered: list.isFiltered,
    ...links,
  });
});
