import { Router, type Request, type Response } from 'express';
import { pageOf } from '../../../database/paginate.ts';
import { emptyForm, type Form } from '../../../domain/form/parse-form.ts';
import { listRoles } from '../../../domain/role/role-queries.ts';
import { addStaff } from '../../../domain/staff/add-staff.ts';
import { listStaff, staffOrders, type ListedStaff } from '../../../domain/staff/staff-queries.ts';
import { accessState, accessTone } from '../../../domain/user/access-state.ts';
import { flash } from '../../../http/flash.ts';
import { may } from '../../../http/guards.ts';
import { readList, type ListGrammar } from '../../../http/read-list.ts';
import { seeOther } from '../../../http/see-other.ts';

/** The tenant's own staff: who they are, and one more. */
export const team = Router();

const grammar: ListGrammar = { orders: staffOrders, sort: 'name', filters: {} };

team.get('/', may('team.edit'), async (req, res) => {
  const list = readList(req, res, grammar);
  if (!list) return;
  const [answered] = await req.readTenant((db) => [listStaff(db, list.order, list)]);
  const page = pageOf(answered, list.order, list);
  res.page('operations/settings/team/list', {
    title: 'Team',
    staff: page.rows.map(withAccess),
    ...list.pager(page),
  });
});

team.get('/new', may('team.edit'), async (req, res) => {
  await showNew(req, res, emptyForm);
});

team.post('/', may('team.edit'), async (req, res) => {
  const result = await req.inTenant((db) => addStaff(db, req.actor, req.body));
  if (!result.ok) return showNew(req, res.status(422), result.form);

  const { id, name, email } = result.person;
  flash(req, res, '{name} was added. An email to set a password is on its way to {email}.', {
    params: { name, email },
  });
  await seeOther(req, res, `/settings/team/${id}`);
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [roles] = await req.readTenant((db) => [listRoles(db, 'staff')]);
  res.page('operations/settings/team/new', {
    title: 'Add staff',
    form,
    roles: roles.map((role) => ({ value: role.id, label: role.name, hint: role.description })),
  });
}

function withAccess(person: ListedStaff) {
  const access = accessState(person);
  return { ...person, access, access_tone: accessTone(access) };
}
