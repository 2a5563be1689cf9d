import { Router, type Request, type Response } from 'express';
import { findCompany } from '../../domain/company/company-queries.ts';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { addCustomer } from '../../domain/membership/add-customer.ts';
import { emailChoices } from '../../domain/membership/customer-form.ts';
import type { KnownCustomer } from '../../domain/membership/known-customer.ts';
import { linkCustomer, mayBeInvited } from '../../domain/membership/link-customer.ts';
import { listRoles } from '../../domain/role/role-queries.ts';
import { accessState, accessTone } from '../../domain/user/access-state.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/id-param.ts';
import { seeOther } from '../../http/see-other.ts';
import { offeredEmails } from '../../domain/email/email-templates.ts';

type OfCompany = Request<{ id: string }>;

/** The customers of a company: /customers/companies/:id/customers/… */
export const companyCustomers = Router().param('id', idParam);

companyCustomers.get('/:id/customers/new', may('companies.edit'), (req: OfCompany, res) =>
  showForm(req, res, emptyForm),
);

companyCustomers.post('/:id/customers', may('companies.edit'), async (req: OfCompany, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => addCustomer(db, req.actor, id, req.body));
  if (!result.ok && 'known' in result) return showKnown(req, res, result);
  if (!result.ok) return showForm(req, res.status(422), result.form);
  const { user, template } = result;
  if (template)
    flash(req, res, 'Customer added. Activation email sent to {address}.', {
      params: { address: user.email },
    });
  else flash(req, res, 'Customer added. No email has been sent.');
  await seeOther(req, res, `/users/${user.id}`);
});

companyCustomers.post('/:id/customers/links', may('companies.edit'), async (req: OfCompany, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => linkCustomer(db, req.actor, id, req.body));
  if (!result.ok) return showForm(req, res.status(422), result.form);
  const { user, template, was_member, company } = result;
  const params = { name: user.name || user.email, company: company.name, address: user.email };
  if (was_member) flash(req, res, '{name} is a customer of {company} already.', { params, kind: 'info' });
  else if (template)
    flash(req, res, '{name} was linked to {company}. Activation email sent to {address}.', { params });
  else flash(req, res, '{name} was linked to {company}. No email has been sent.', { params });
  await seeOther(req, res, `/users/${user.id}`);
});

// Where a refused form was sent to: opened by hand, it leads to what it belongs to.
companyCustomers.get(
  ['/:id/customers', '/:id/customers/links'],
  may('companies.view'),
  (req: OfCompany, res) => res.redirect(303, `/customers/companies/${req.params.id}`),
);

async function showForm(req: OfCompany, res: Response, form: Form): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [
    findCompany(db, req.params.id),
    listRoles(db, 'customer'),
  ]);
  const company = found(row);
  res.page('operations/companies/customers/new', {
    title: 'Add customer to {company}',
    title_params: { company: company.name },
    company,
    roles: roles.map(({ id, name, description }) => ({ value: id, label: name, hint: description })),
    templates: emailChoices(req.actor),
    previews: offeredEmails(),
    form,
  });
}

async function showKnown(
  req: OfCompany,
  res: Response,
  { known, form }: { known: KnownCustomer; form: Form },
): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [
    findCompany(db, req.params.id),
    listRoles(db, 'customer'),
  ]);
  const company = found(row);
  const chosen = [form.values['roles[]'] ?? []].flat();
  const access = accessState(known);
  res.page('operations/companies/customers/known', {
    title: known.is_member ? 'This person is in {company} already' : 'Link existing person',
    title_params: { company: company.name },
    company,
    known,
    access_badge: { text: access, tone: accessTone(access) },
    roles: roles.filter((role) => chosen.includes(role.id)),
    template: mayBeInvited(known) ? form.values['template'] : 'none',
    template_label: offeredEmails().find(({ value }) => value === form.values['template'])?.label ?? null,
    may_be_invited: mayBeInvited(known),
  });
}
