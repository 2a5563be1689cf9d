import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { activate } from './activate.ts';
import { forgotPassword } from './forgot-password.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { resetPassword } from './reset-password.ts';
import { setPassword } from './set-password.ts';

/** The customer portal, address by address. */
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
  return routes;
}
