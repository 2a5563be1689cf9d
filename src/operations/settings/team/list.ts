import { Router, type Request, type Response } from 'express';
import { listRoles, roleOptions } from '../../../domain/role/role-queries.ts';
import { addStaff } from '../../../domain/staff/staff-actions.ts';
import { staffList, type ListedStaff } from '../../../domain/staff/staff-list.ts';
import { newStaffSchema } from '../../../domain/staff/staff.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { accessBadge, userStatusBadges } from '../../badges.ts';
import { withErrors } from '../../form-errors.ts';
import type { Column } from '../../list-columns.ts';
import { namedOptions } from '../../list-controls.ts';
import { listScreen } from '../../list-screen.ts';

export const team = Router();

export const staffColumns: readonly Column<ListedStaff>[] = [
  {
    name: 'name',
    heading: 'Name',
    look: 'name',
    cell: ({ id, name, email }, { userId }) => ({
      value: name || email,
      href: `/settings/team/${id}`,
      ...(id === userId
        ? { sub_label: name ? '{email} (you)' : '(you)', sub_params: { email } }
        : { sub: name ? email : null }),
    }),
    csv: (shown) => [shown, { heading: 'Email', value: ({ email }) => email }],
  },
  {
    name: 'roles',
    heading: 'Roles',
    kind: 'names',
    none: 'None',
    are_labels: true,
    cell: ({ roles }) => ({ value: roles.length === 0 ? null : roles }),
  },
  {
    name: 'status',
    heading: 'Status',
    cell: ({ status }) => ({ badges: [userStatusBadges[status]], is_usual: status === 'enabled' }),
  },
  { name: 'access', heading: 'Access', cell: (person) => ({ badges: [accessBadge(person)] }) },
  {
    name: 'last_login',
    heading: 'Last login',
    kind: 'time',
    is_day: true,
    is_relative: true,
    none: 'Never',
    cell: ({ last_login_at }) => ({ value: last_login_at }),
  },
];

team.get(
  '/',
  may('team.edit'),
  listScreen({
    title: 'Team',
    path: '/settings/team',
    list: staffList,
    file: 'team',
    columns: staffColumns,
    intro: () => [{ text: 'The staff who may log in here, and their roles.', is_lede: true }],
    actions: [{ text: 'Add staff', href: '/settings/team/new', look: 'add' }],
    load: (db) => [listRoles(db, 'staff')],
    filters: [
      { kind: 'many', name: 'role', label: 'Role', data: ([roles]) => namedOptions(roles) },
      {
        kind: 'one',
        name: 'status',
        label: 'Status',
        options: [
          { value: 'enabled', label: 'Enabled' },
          { value: 'disabled', label: 'Disabled' },
        ],
      },
    ],
    noMatch: { heading: 'No staff match' },
    firstUse: { heading: 'No staff yet', icon: 'users' },
  }),
);

team.get('/new', may('team.edit'), async (req, res) => {
  await showNew(req, res, emptyForm);
});

team.post('/', may('team.edit'), async (req, res) => {
  const form = parseForm(newStaffSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'staff',
    async (db) => (form.ok ? addStaff(db, req.actor, form.values) : form),
    ({ user: { id, name, email } }) => {
      flash(req, res, '{name} was added. An email to set a password has been sent to {email}.', {
        params: { name, email },
      });
      return `/settings/team/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [roles] = await req.readTenant((db) => [listRoles(db, 'staff')]);
  res.page('operations/settings/team/new', {
    title: 'Add staff',
    form,
    roles: roleOptions(roles),
  });
}
