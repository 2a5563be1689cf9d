import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createSite } from '../../domain/site/site-actions.ts';
import { siteList, type ListedSite } from '../../domain/site/site-list.ts';
import { newSiteSchema } from '../../domain/site/site.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
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
    filters: [
      {
        kind: 'one',
        name: 'status',
        label: 'Status',
        options: [
          { value: 'active', label: 'Active' },
          { value: 'archived', label: 'Archived' },
        ],
      },
    ],
    noMatch: { heading: 'No sites match' },
    firstUse: {
      heading: 'Add your first site',
      icon: 'unit',
      text: 'A site is a place with units, such as a building. Every unit belongs to one.',
      action: addSite,
    },
  }),
);

sites.get('/new', may('sites.edit'), (req, res) => showNew(req, res, emptyForm));

sites.post('/', may('sites.edit'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'site',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'site'));
      const form = parseForm(newSiteSchema(custom), req.body, { others: formerInputs(req, res, custom) });
      return form.ok ? createSite(db, req.actor, form.values, custom) : form;
    },
    ({ site: { id, name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return `/sites/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [fields] = await req.readTenant((db) => [listCustomFields(db, 'site')]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/sites/new', { title: 'Add site', form, custom_fields });
}
