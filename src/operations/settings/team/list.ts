import { Router, type Request, type Response } from 'express';
import { listRoles, roleOptions } from '../../../domain/role/role-queries.ts';
import { addStaff } from '../../../domain/staff/staff-actions.ts';
import { staffList } from '../../../domain/staff/staff-list.ts';
import { newStaffSchema } from '../../../domain/staff/staff.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { readList } from '../../../http/read-list.ts';
import { accessBadge } from '../../badges.ts';
import { withErrors } from '../../form-errors.ts';

export const team = Router();

team.get('/', may('team.edit'), async (req, res) => {
  const list = await readList(req, res, staffList);
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [staffList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/settings/team/list', {
    title: 'Team',
    staff: rows.map((person) => ({ ...person, access_badge: accessBadge(person) })),
    ...links,
  });
});

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
