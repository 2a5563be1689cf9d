import { Router, type Request, type Response } from 'express';
import { changeMembershipRoles, removeFromCompany } from '../../domain/membership/membership-actions.ts';
import { findMembership, type Membership } from '../../domain/membership/membership-queries.ts';
import { rolesSchema } from '../../domain/membership/membership.ts';
import { listRoles, roleOptions } from '../../domain/role/role-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

export const companyRoles = Router().param('id', idParam).param('user_id', idParam);

type MembershipRequest = Request<{ id: string; user_id: string }>;

companyRoles.get('/:id/customers/:user_id/roles', may('companies.edit'), (req: MembershipRequest, res) =>
  showRoles(req, res, emptyForm),
);

companyRoles.post(
  '/:id/customers/:user_id/roles',
  may('companies.edit'),
  async (req: MembershipRequest, res) => {
    const { id, user_id } = req.params;
    const form = parseForm(rolesSchema, req.body);
    const membership = { company_id: id, user_id };
    const result = form.ok
      ? await req.inTenant((db) => changeMembershipRoles(db, req.actor, membership, form.values))
      : form;
    if (!result.ok) return showRoles(req, res.status(422), withErrors({ roles: [], ...req.body }, result));
    const params = { name: memberName(result.membership) };
    if (result.hasChanged) flash(req, res, 'The roles of {name} were changed.', { params });
    else flash(req, res, '{name} already has these roles.', { params, kind: 'info' });
    await seeOther(req, res, `/customers/companies/${id}`);
  },
);

companyRoles.get('/:id/customers/:user_id/removal', may('companies.edit'), (req: MembershipRequest, res) =>
  showRemoval(req, res, emptyForm),
);

companyRoles.post(
  '/:id/customers/:user_id/removal',
  may('companies.edit'),
  async (req: MembershipRequest, res) => {
    const { id, user_id } = req.params;
    const result = await req.inTenant((db) => removeFromCompany(db, req.actor, { company_id: id, user_id }));
    if (!result.ok) return showRemoval(req, res.status(422), withErrors(req.body, result));
    const { membership } = result;
    flash(req, res, '{name} was removed from {company}.', {
      params: { name: memberName(membership), company: membership.company_name },
    });
    await seeOther(req, res, `/customers/companies/${id}`);
  },
);

async function showRemoval(req: MembershipRequest, res: Response, form: Form): Promise<void> {
  const { id, user_id } = req.params;
  const [row] = await req.readTenant((db) => [findMembership(db, id, user_id)]);
  const membership = found(row);
  res.page('operations/companies/roles/removal', {
    title: 'Remove from {company}',
    title_params: { company: membership.company_name },
    membership,
    form,
    field_ids: { company: 'removal' },
  });
}

async function showRoles(req: MembershipRequest, res: Response, form: Form): Promise<void> {
  const { id, user_id } = req.params;
  const [row, roles] = await req.readTenant((db) => [
    findMembership(db, id, user_id),
    listRoles(db, 'customer'),
  ]);
  const membership = found(row);
  res.page('operations/companies/roles/edit', {
    title: 'Roles in {company}',
    title_params: { company: membership.company_name },
    membership,
    roles: roleOptions(roles),
    form,
  });
}

function memberName({ user_name, user_email }: Membership): string {
  return displayName({ name: user_name, email: user_email });
}
