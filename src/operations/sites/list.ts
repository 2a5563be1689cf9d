import { Router } from 'express';
import { createSite } from '../../domain/site/site-actions.ts';
import { siteList, type ListedSite } from '../../domain/site/site-list.ts';
import { newSiteSchema } from '../../domain/site/site.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { withErrors } from '../form-errors.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';

export const sites = Router();

const addSite = { text: 'Add site', href: '/sites/new', permission: 'sites.edit' } as const;

const numbers = [
  ['units', 'Units'],
  ['occupied', 'Occupied'],
  ['reserved', 'Reserved'],
  ['available', 'Available'],
  ['blocked', 'Blocked'],
] as const;

export const siteColumns: readonly Column<ListedSite>[] = [
  {
    name: 'name',
    heading: 'Name',
    look: 'name',
    cell: ({ id, name, status }) => ({
      value: name,
      href: `/sites/${id}`,
      badges: status === 'archived' ? [{ text: 'Archived', tone: 'plain' }] : [],
    }),
  },
  ...numbers.map(([name, heading]): Column<ListedSite> => ({
    name,
    heading,
    kind: 'number',
    cell: ({ occupancy }) => ({ value: occupancy[name] }),
  })),
];

sites.get(
  '/',
  may('rentals.view'),
  listScreen({
    title: 'Sites',
    path: '/sites',
    list: siteList,
    file: 'sites',
    columns: siteColumns,
    actions: [{ ...addSite, look: 'add' }],
    noMatch: { heading: 'No sites match' },
    firstUse: {
      heading: 'Add your first site',
      icon: 'unit',
      text: 'A site is a place with units, such as a building. Every unit belongs to one.',
      action: addSite,
    },
  }),
);

sites.get('/new', may('sites.edit'), (_req, res) => {
  res.page('operations/sites/new', { title: 'Add site' });
});

sites.post('/', may('sites.edit'), async (req, res) => {
  const form = parseForm(newSiteSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'site',
    async (db) => (form.ok ? createSite(db, req.actor, form.values) : form),
    ({ site: { id, name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return `/sites/${id}`;
    },
  );
  if (refused)
    res.status(422).page('operations/sites/new', { title: 'Add site', form: withErrors(req.body, refused) });
});
