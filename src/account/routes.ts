import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { activate } from './activate.ts';
import { billing } from './billing/list.ts';
import { invoice } from './billing/show.ts';
import { ledger } from './billing/ledger.ts';
import { statements } from './billing/statements.ts';
import { dashboard } from './dashboard.ts';
import { forgotPassword } from './forgot-password.ts';
import { invitation } from './invitation.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { email } from './profile/email.ts';
import { profileName } from './profile/name.ts';
import { password } from './profile/password.ts';
import { profile } from './profile/show.ts';
import { profileTimeZone } from './profile/time-zone.ts';
import { resetPassword } from './reset-password.ts';
import { security } from './security.ts';
import { setPassword } from './set-password.ts';
import { terms } from './terms.ts';
import { unitAccessCode } from './units/access-code.ts';
import { unitAgreement } from './units/agreement.ts';
import { units } from './units/list.ts';
import { unitRequests } from './units/requests.ts';
import { unit } from './units/show.ts';
import { verifyEmail } from './verify-email.ts';

export function accountRoutes(): Router {
  const routes = Router();
  routes.get('/', anyone, (_req, res) => res.redirect('/account'));
  routes.get('/.well-known/change-password', anyone, (_req, res) =>
    res.redirect('/account/profile#password'),
  );
  routes.use('/account/login', login);
  routes.use('/account/logout', logout);
  routes.use('/account/forgot-password', forgotPassword);
  routes.use('/account/reset-password', resetPassword);
  routes.use('/account/activate', activate);
  routes.use('/account/set-password', setPassword);
  routes.use('/account/invitation', invitation);
  routes.use('/account/verify-email', verifyEmail);
  routes.use('/account/terms', terms);
  routes.use('/account/profile/email', email);
  routes.use('/account/profile/password', password);
  routes.use('/account/profile/name', profileName);
  routes.use('/account/profile/time-zone', profileTimeZone);
  routes.use('/account/profile', profile);
  routes.use('/account/security', security);
  for (const context of ['/account', '/account/companies/:company_id']) {
    routes.use(`${context}/billing/invoices`, invoice);
    routes.use(`${context}/billing/ledger`, ledger);
    routes.use(`${context}/billing/statements`, statements);
    routes.use(`${context}/billing`, billing);
    routes.use(`${context}/units`, units);
    routes.use(`${context}/units`, unit);
    routes.use(`${context}/units`, unitAccessCode);
    routes.use(`${context}/units`, unitAgreement);
    routes.use(`${context}/units`, unitRequests);
  }
  routes.use('/account', dashboard);
  routes.use('/account/companies/:company_id', dashboard);
  return routes;
}
