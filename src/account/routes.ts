import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { activate } from './activate.ts';
import { billing } from './billing.ts';
import { dashboard } from './dashboard.ts';
import { forgotPassword } from './forgot-password.ts';
import { invitation } from './invitation.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { email } from './profile/email.ts';
import { password } from './profile/password.ts';
import { profile } from './profile/show.ts';
import { profileTimeZone } from './profile/time-zone.ts';
import { resetPassword } from './reset-password.ts';
import { security } from './security.ts';
import { setPassword } from './set-password.ts';
import { terms } from './terms.ts';
import { units } from './units.ts';
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
  routes.use('/account/profile/time-zone', profileTimeZone);
  routes.use('/account/profile', profile);
  routes.use('/account/security', security);
  routes.use('/account/billing', billing);
  routes.use('/account/companies/:company_id/billing', billing);
  routes.use('/account/units', units);
  routes.use('/account/companies/:company_id/units', units);
  routes.use('/account', dashboard);
  routes.use('/account/companies/:company_id', dashboard);
  return routes;
}
