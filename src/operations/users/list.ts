import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createUser } from '../../domain/user/user-actions.ts';
import { newUserSchema } from '../../domain/user/user-form.ts';
import { userList } from '../../domain/user/user-list.ts';
import { findFileName } from '../../domain/import/import-queries.ts';
import { listLabels } from '../../domain/label/label-queries.ts';
import { listRoles } from '../../domain/role/role-queries.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { findCompanyName } from '../../domain/company/company-queries.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash, setFlashData } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { localeOptions } from '../../locales/locales.ts';
import { withErrors } from '../form-errors.ts';
import { namedOptions } from '../list-controls.ts';
import { importLink } from '../list-display.ts';
import { listScreen } from '../list-screen.ts';
import { userColumns } from './columns.ts';
import { accessOptions, emailOptions, statusOptions } from './filters.ts';

const views = [
  [null, 'All'],
  ['not-activated', 'Not activated'],
  ['not-verified', 'Not verified'],
  ['disabled', 'Disabled'],
] as const;

export const users = Router();

users.get(
  '/',
  may('users.view'),
  listScreen({
    title: 'Users',
    path: '/users',
    list: userList,
    file: 'users',
    load: (db, { filters: { company, import: created_by } }) => [
      listRoles(db, 'customer'),
      listSites(db),
      listLabels(db),
      ...(company === undefined ? [] : [findCompanyName(db, company)]),
      ...(created_by === undefined ? [] : [findFileName(db, created_by)]),
    ],
    columns: userColumns,
    actions: [
      importLink('users'),
      { text: 'Add user', href: '/users/new', permission: 'users.create', look: 'square' },
    ],
    has_checklist: true,
    tabs: {
      label: 'Views',
      is_hidden_at_first: true,
      items: ({ query, href }, { can }) => [
        ...views.map(([view, text]) => ({
          text,
          href: href({ view }),
          is_current: view === (query.filters.view ?? null),
        })),
        ...(can('team.edit') ? [{ text: 'Staff', href: '/settings/team', is_current: false }] : []),
      ],
    },
    search: { placeholder: 'Name, email, phone or company' },
    filters: [
      { kind: 'link', name: 'view', label: 'View' },
      {
        kind: 'link',
        name: 'company',
        label: 'Company',
        has_chip: true,
        chip: (loaded) => loaded.find((row) => row !== undefined && 'name' in row)?.name,
      },
      {
        kind: 'link',
        name: 'import',
        label: 'Import',
        has_chip: true,
        chip: (loaded) => loaded.find((row) => row !== undefined && 'file_name' in row)?.file_name,
      },
      { kind: 'one', name: 'status', label: 'Status', options: statusOptions },
      { kind: 'one', name: 'email', label: 'Email', options: emailOptions },
      { kind: 'many', name: 'access', label: 'Access', options: accessOptions },
      { kind: 'many', name: 'role', label: 'Role', data: ([roles]) => namedOptions(roles) },
      { kind: 'many', name: 'site', label: 'Site', data: ([, sites]) => namedOptions(sites) },
      { kind: 'many', name: 'label', label: 'Label', data: ([, , labels]) => namedOptions(labels) },
      { kind: 'range', name: 'created', label: 'Created' },
    ],
    sorts: [
      ['', 'Newest first'],
      ['created', 'Oldest first'],
      ['name', 'Name A–Z'],
      ['-name', 'Name Z–A'],
      ['email', 'Email A–Z'],
      ['-email', 'Email Z–A'],
    ],
    count: { one: '{count} user', other: '{count} users' },
    more: '{count}+ users',
    cut: '{total} among the first {most} matches. Refine your search to see others.',
    noMatch: ({ q }) => ({
      ...(q
        ? { heading: 'No user matches “{q}”.', params: { q } }
        : { heading: 'No user matches these filters.' }),
      text: 'Search for part of the name, email address, phone number or company, or clear the filters.',
    }),
    firstUse: ({ can }) => ({
      icon: 'users',
      heading: can('users.create') ? 'Add your first user' : 'No users yet',
      text: 'All users of your customer portal are listed here.',
      action: { text: 'Add user', href: '/users/new', permission: 'users.create' },
      second: importLink('users'),
    }),
  }),
);

users.get('/new', may('users.create'), (req, res) => showNew(req, res, emptyForm));

users.post('/', may('users.create'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'user',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'user'));
      const form = parseForm(newUserSchema(custom), req.body, { others: formerInputs(req, res, custom) });
      return form.ok ? createUser(db, req.actor, form.values, custom) : form;
    },
    ({ user: { id, name } }) => {
      flash(req, res, '{name} was created. No email has been sent.', { params: { name } });
      setFlashData(req, `/users/${id}`, 'new');
      return `/users/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [fields] = await req.readTenant((db) => [listCustomFields(db, 'user')]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/users/new', {
    title: 'Add user',
    form,
    custom_fields,
    languages: localeOptions(),
    default_locale: req.tenant.locale,
  });
}
