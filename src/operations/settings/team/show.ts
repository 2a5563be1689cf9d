import { Router, type Request, type Response } from 'express';
import { listRoles, roleOptions } from '../../../domain/role/role-queries.ts';
import {
  changeStaffRoles,
  disableStaff,
  enableStaff,
  mayChangeStaff,
} from '../../../domain/staff/staff-actions.ts';
import { sendStaffEmail, accessEmailTemplate } from '../../../domain/staff/staff-email.ts';
import { findStaff, type Staff } from '../../../domain/staff/staff-queries.ts';
import { staffRolesSchema } from '../../../domain/staff/staff.ts';
import { displayName } from '../../../domain/user/user.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { accessBadge } from '../../badges.ts';
import { withErrors } from '../../form-errors.ts';

export const teamMember = Router();
teamMember.param('id', idParam);

const sentMessages = {
  setPassword: 'An email to set a password has been sent to {email}.',
  resetPassword: 'A password reset email has been sent to {email}.',
};

teamMember.get('/:id', may('team.edit'), async (req, res) => {
  await showStaff(req, res, req.params.id, emptyForm);
});

teamMember.post('/:id/roles', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const form = parseForm(staffRolesSchema, req.body);
  const result = form.ok
    ? await req.inTenant((db) => changeStaffRoles(db, req.actor, id, form.values))
    : form;
  if (!result.ok) return showStaff(req, res.status(422), id, withErrors({ roles: [], ...req.body }, result));

  const params = { name: displayName(result.user) };
  if (result.hasChanged) flash(req, res, 'The roles of {name} were changed.', { params });
  else flash(req, res, '{name} already has these roles.', { params, kind: 'info' });
  await seeOther(req, res, `/settings/team/${id}`);
});

teamMember.post('/:id/emails', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => sendStaffEmail(db, req.actor, id));
  if (!result.ok) return showStaff(req, res.status(422), id, withErrors({}, result));

  flash(req, res, sentMessages[result.template], { params: { email: result.user.email } });
  await seeOther(req, res, `/settings/team/${id}`);
});

teamMember.get('/:id/deactivation', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findStaff(db, id)]);
  const staff = found(row);
  if (staff.status === 'disabled' || id === req.actor.id) return res.redirect(303, `/settings/team/${id}`);
  res.page('operations/settings/team/deactivation', {
    title: 'Disable login',
    id,
    user_name: displayName(staff),
  });
});

teamMember.post('/:id/deactivation', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => disableStaff(db, req.actor, id));
  if (!result.ok) return showStaff(req, res.status(422), id, withErrors({}, result));

  flash(req, res, '{user} can no longer log in.', { params: { user: displayName(result.user) } });
  await seeOther(req, res, `/settings/team/${id}`);
});

teamMember.post('/:id/activation', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => enableStaff(db, req.actor, id));
  if (!result.ok) return showStaff(req, res.status(422), id, withErrors({}, result));

  flash(req, res, '{user} can log in again.', { params: { user: displayName(result.user) } });
  await seeOther(req, res, `/settings/team/${id}`);
});

export async function showStaff(req: Request, res: Response, id: string, form: Form): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [findStaff(db, id), listRoles(db, 'staff')]);
  const staff = found(row);
  res.page('operations/settings/team/show', {
    title: displayName(staff),
    form,
    field_ids: { login: 'actions' },
    is_self: id === req.actor.id,
    may_change: mayChangeStaff(req.actor, staff, roles),
    ...details(staff),
    role_ids: staff.role_ids,
    role_names: roles.filter((role) => staff.role_ids.includes(role.id)).map((role) => role.name),
    roles: roleOptions(roles),
  });
}

function details(staff: Staff) {
  return {
    id: staff.id,
    user_name: staff.name,
    email: staff.email,
    pending_email: staff.pending_email,
    phone: staff.phone,
    is_enabled: staff.status === 'enabled',
    has_password: accessEmailTemplate(staff) === 'resetPassword',
    access_badge: accessBadge(staff),
    last_login_at: staff.last_login_at,
    created_at: staff.created_at,
  };
}
