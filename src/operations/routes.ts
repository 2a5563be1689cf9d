import { Router } from 'express';
import { anyone, may } from '../http/guards.ts';
import { auditLog } from './audit-log.ts';
import { companies } from './companies/list.ts';
import { companyCustomers } from './companies/customers.ts';
import { companyRoles } from './companies/roles.ts';
import { customFields } from './settings/custom-fields.ts';
import { emailPreviews } from './emails/preview.ts';
import { emails } from './emails/list.ts';
import { forgotPassword } from './forgot-password.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { resetPassword, setPassword } from './password-links.ts';
import { settings } from './settings/show.ts';
import { teamMember } from './settings/team/show.ts';
import { team } from './settings/team/list.ts';
import { terms } from './settings/terms.ts';
import { userAccess } from './users/access.ts';
import { user } from './users/show.ts';
import { users } from './users/list.ts';

/** The operations portal, address by address. */
export function operationsRoutes(): Router {
  const routes = Router();
  routes.get('/', anyone, (_req, res) => res.redirect('/users'));
  routes.use('/login', login);
  routes.use('/logout', logout);
  routes.use('/forgot-password', forgotPassword);
  routes.use('/reset-password', resetPassword);
  routes.use('/set-password', setPassword);
  routes.use('/users', users);
  routes.use('/users', user);
  routes.use('/users', userAccess);
  routes.get('/customers', may('companies.view'), (_req, res) => res.redirect(303, '/customers/companies'));
  routes.use('/customers/companies', companies);
  routes.use('/customers/companies', companyCustomers);
  routes.use('/customers/companies', companyRoles);
  routes.use('/emails/preview', emailPreviews);
  routes.use('/emails', emails);
  routes.use('/audit-log', auditLog);
  routes.use('/settings', settings);
  routes.use('/settings/custom-fields', customFields);
  routes.use('/settings/terms', terms);
  routes.use('/settings/team', team);
  routes.use('/settings/team', teamMember);
  return routes;
}
