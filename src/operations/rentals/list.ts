import { Router } from 'express';
import { listLabels } from '../../domain/label/label-queries.ts';
import { rentalList } from '../../domain/rental/rental-list.ts';
import { rentalStatuses } from '../../domain/rental/rental.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { may } from '../../http/guards.ts';
import { rentalBadges } from '../badges.ts';
import { namedOptions } from '../list-controls.ts';
import { listScreen } from '../list-screen.ts';
import { rentalColumns } from './columns.ts';

export const rentals = Router();

rentals.get(
  '/',
  may('rentals.view'),
  listScreen({
    title: 'Rentals',
    path: '/rentals',
    list: rentalList,
    file: 'rentals',
    load: (db) => [listSites(db), listLabels(db)],
    columns: rentalColumns,
    actions: [{ text: 'Move in', href: '/rentals/new', permission: 'rentals.edit', look: 'add' }],
    search: { placeholder: 'Unit code', maxlength: 20 },
    filters: [
      {
        kind: 'many',
        name: 'status',
        label: 'Status',
        options: rentalStatuses.map((value) => ({ value, label: rentalBadges[value].text })),
      },
      { kind: 'many', name: 'site', label: 'Site', data: ([sites]) => namedOptions(sites) },
      { kind: 'many', name: 'label', label: 'Label', data: ([, labels]) => namedOptions(labels) },
      { kind: 'one', name: 'notice', label: 'Notice', options: [{ value: 'given', label: 'Given' }] },
      { kind: 'range', name: 'starts', label: 'First day' },
      { kind: 'range', name: 'ends', label: 'Last day' },
      { kind: 'link', name: 'created', label: 'Created', has_chip: true },
      { kind: 'one', name: 'locked', label: 'Lock-out', options: [{ value: 'out', label: 'Yes' }] },
    ],
    count: { one: '{count} rental', other: '{count} rentals' },
    more: '{count}+ rentals',
    noMatch: { heading: 'No rentals match', icon: 'unit' },
    firstUse: {
      heading: 'No rentals yet',
      icon: 'unit',
      text: 'A rental begins when a customer moves into a unit, or reserves it.',
      action: { text: 'Move the first customer in', href: '/rentals/new', permission: 'rentals.edit' },
    },
  }),
);
