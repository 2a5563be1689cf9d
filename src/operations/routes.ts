import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';

/** The operations portal, address by address. */
export function operationsRoutes(): Router {
  const routes = Router();
  routes.get('/', anyone, (_req, res) => res.redirect('/users'));
  routes.use('/login', login);
  routes.use('/logout', logout);
  return routes;
}
