import { Router, type Request, type Response } from 'express';
import { findCompany } from '../../domain/company/company-queries.ts';
import { selectableTemplates } from '../../domain/email/email-templates.ts';
import { addCustomer, linkCustomer } from '../../domain/membership/add-customer.ts';
import type { KnownCustomer } from '../../domain/membership/membership-queries.ts';
import {
  emailOptions,
  linkedCustomerSchema,
  mayInvite,
  newCustomerSchema,
  NO_EMAIL,
  type NewCustomerValues,
} from '../../domain/membership/membership.ts';
import { listRoles, roleOptions } from '../../domain/role/role-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { accessBadge } from '../badges.ts';
import { withErrors } from '../form-errors.ts';

type CompanyRequest = Request<{ id: string }>;

const addedMessages = {
  accountActivation: 'Customer added. An activation email has been sent to {address}.',
  accountInvitation: 'Customer added. An invitation email has been sent to {address}.',
  [NO_EMAIL]: 'Customer added. No email has been sent.',
};

const linkedMessages = {
  accountActivation: '{name} was linked to {company}. An activation email has been sent to {address}.',
  accountInvitation: '{name} was linked to {company}. An invitation email has been sent to {address}.',
  [NO_EMAIL]: '{name} was linked to {company}. No email has been sent.',
};

const decoders = { template: (text: string) => (text === '' || text === NO_EMAIL ? null : text) };

export const companyCustomers = Router().param('id', idParam);

companyCustomers.get('/:id/customers/new', may('companies.edit'), (req: CompanyRequest, res) =>
  showForm(req, res, emptyForm),
);

companyCustomers.post('/:id/customers', may('companies.edit'), async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const form = parseForm(newCustomerSchema, req.body, { decoders });
  const refused = await createOnce(
    req,
    res,
    'customer',
    async (db) => (form.ok ? addCustomer(db, req.actor, id, form.values) : form),
    ({ user, template }) => {
      const params = { address: user.email ?? '' };
      flash(req, res, addedMessages[template ?? NO_EMAIL], { params });
      return `/users/${user.id}`;
    },
  );
  if (!refused) return;
  if (form.ok && 'known' in refused) return showLinkConfirmation(req, res, refused.known, form.values);
  await showForm(req, res.status(422), withErrors(req.body, refused));
});

companyCustomers.post('/:id/customers/links', may('companies.edit'), async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const form = parseForm(linkedCustomerSchema, req.body, { decoders });
  const refused = await createOnce(
    req,
    res,
    'customer_link',
    async (db) => (form.ok ? linkCustomer(db, req.actor, id, form.values) : form),
    ({ user, template, wasMember, company }) => {
      const params = { name: displayName(user), company: company.name, address: user.email ?? '' };
      if (wasMember) flash(req, res, '{name} is already a customer of {company}.', { params, kind: 'info' });
      else flash(req, res, linkedMessages[template ?? NO_EMAIL], { params });
      return `/users/${user.id}`;
    },
  );
  if (refused) await showForm(req, res.status(422), withErrors(req.body, refused));
});

// A refused form leaves its URL in the address bar, where it can be opened as a page.
companyCustomers.get(
  ['/:id/customers', '/:id/customers/links'],
  may('companies.view'),
  (req: CompanyRequest, res) => res.redirect(303, `/customers/companies/${req.params.id}`),
);

async function showForm(req: CompanyRequest, res: Response, form: Form): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [
    findCompany(db, req.params.id),
    listRoles(db, 'customer'),
  ]);
  const company = found(row);
  res.page('operations/companies/customers/new', {
    title: 'Add customer to {company}',
    title_params: { company: company.name },
    company,
    roles: roleOptions(roles),
    templates: emailOptions(req.actor),
    previews: selectableTemplates(),
    form,
  });
}

async function showLinkConfirmation(
  req: CompanyRequest,
  res: Response,
  known: KnownCustomer,
  { roles: chosen, template }: NewCustomerValues,
): Promise<void> {
  const [row, roles] = await req.readTenant((db) => [
    findCompany(db, req.params.id),
    listRoles(db, 'customer'),
  ]);
  const company = found(row);
  res.page('operations/companies/customers/confirm-link', {
    title: known.is_member ? 'Already a customer of {company}' : 'Link existing customer',
    title_params: { company: company.name },
    company,
    known,
    access_badge: accessBadge(known),
    roles: roles.filter((role) => chosen.includes(role.id)),
    template: (mayInvite(known) && template) || NO_EMAIL,
    template_label: selectableTemplates().find(({ value }) => value === template)?.label ?? null,
    may_be_invited: mayInvite(known),
  });
}
