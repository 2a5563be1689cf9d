import { Router, type Request, type Response } from 'express';
import { listRoles } from '../../../domain/role/role-queries.ts';
import { mayChangeStaff, updateStaff } from '../../../domain/staff/staff-actions.ts';
import { findStaff, findStaffForUpdate } from '../../../domain/staff/staff-queries.ts';
import { ownDetailsSchema, staffDetailsSchema } from '../../../domain/staff/staff.ts';
import { displayName } from '../../../domain/user/user.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { showStaff } from './show.ts';

export const teamMemberDetails = Router();
teamMemberDetails.param('id', idParam);

teamMemberDetails.get('/:id/edit', may('team.edit'), async (req, res) => {
  await showEdit(req, res, req.params.id, emptyForm);
});

teamMemberDetails.post('/:id', may('team.edit'), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const staff = found(await findStaffForUpdate(db, id));
    const { first_name, last_name, email, phone } = staff;
    const options = { stored: { first_name, last_name, email, phone } };
    const form =
      id === req.actor.id
        ? parseForm(ownDetailsSchema(staff), req.body, options)
        : parseForm(staffDetailsSchema(staff), req.body, options);
    return form.ok ? updateStaff(db, req.actor, staff, form.values) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), id, withErrors(req.body, result));

  const params = { name: displayName(result.user), email: result.user.email ?? '' };
  if (!result.hasChanged) flash(req, res, 'There were no changes to save.', { kind: 'info' });
  else if (result.hasNewEmail)
    flash(req, res, '{name} was changed and is logged out everywhere. Emails now go to {email}.', {
      params,
    });
  else flash(req, res, '{name} was changed.', { params });
  await seeOther(req, res, `/settings/team/${id}`);
});

async function showEdit(req: Request, res: Response, id: string, form: Form): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [findStaff(db, id), listRoles(db, 'staff')]);
  const staff = found(row);
  const is_self = id === req.actor.id;
  if (!is_self && !mayChangeStaff(req.actor, staff, roles))
    return form === emptyForm ? res.redirect(303, `/settings/team/${id}`) : showStaff(req, res, id, form);
  const { first_name, last_name, email, phone } = staff;
  res.page('operations/settings/team/edit', {
    title: 'Edit staff member',
    form,
    field_ids: { version: 'first_name', login: 'first_name' },
    id,
    user_name: displayName(staff),
    is_self,
    may_be_nameless: staff.name === '',
    current: { first_name, last_name, email, phone },
    version: versionToRender(form, staff.version),
    is_stale: 'version' in form.errors,
  });
}
