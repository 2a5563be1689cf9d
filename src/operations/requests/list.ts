import { Router } from 'express';
import { requestList, type ListedRequest } from '../../domain/request/request-list.ts';
import { requestKinds, requestLabels, requestStatuses } from '../../domain/request/request.ts';
import { displayName } from '../../domain/user/user.ts';
import { may } from '../../http/guards.ts';
import { requestBadges } from '../badges.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';

export const requests = Router();

export const requestColumns: readonly Column<ListedRequest>[] = [
  {
    name: 'request',
    heading: 'Request',
    look: 'name',
    cell: ({ id, kind }) => ({ label: requestLabels[kind], href: `/requests/${id}` }),
  },
  {
    name: 'customer',
    heading: 'Customer',
    look: 'clip',
    cell: ({ company_name, user_name, user_email }) => ({
      value: company_name ?? displayName({ name: user_name, email: user_email }),
    }),
  },
  { name: 'unit', heading: 'Unit', cell: ({ unit_code }) => ({ value: unit_code }) },
  { name: 'day', heading: 'Day', kind: 'date', cell: ({ wanted_on }) => ({ value: wanted_on }) },
  { name: 'status', heading: 'Status', cell: ({ status }) => ({ badges: [requestBadges[status]] }) },
  {
    name: 'sent',
    heading: 'Sent',
    kind: 'time',
    look: 'nowrap',
    is_day: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
];

requests.get(
  '/',
  may('requests.decide'),
  listScreen({
    title: 'Requests',
    path: '/requests',
    list: requestList,
    file: 'requests',
    columns: requestColumns,
    filters: [
      {
        kind: 'many',
        name: 'kind',
        label: 'Kind',
        options: requestKinds.map((value) => ({ value, label: requestLabels[value] })),
      },
      {
        kind: 'many',
        name: 'status',
        label: 'Status',
        options: requestStatuses.map((value) => ({ value, label: requestBadges[value].text })),
      },
      { kind: 'range', name: 'wanted', label: 'Day' },
      { kind: 'range', name: 'created', label: 'Sent' },
    ],
    count: { one: '{count} request', other: '{count} requests' },
    more: '{count}+ requests',
    noMatch: { heading: 'No requests match' },
    firstUse: {
      heading: 'No requests yet',
      icon: 'check',
      text: 'Customers ask here for move-outs, transfers and changes of their name.',
    },
  }),
);
