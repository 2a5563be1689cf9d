import { Router } from 'express';
import type { Config } from '../config.ts';
import { anyone } from '../http/guards.ts';
import { account } from './account.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { tenant } from './tenants/show.ts';
import { tenants } from './tenants/list.ts';

export function platformRoutes(config: Config): Router {
  const routes = Router();
  routes.get('/', anyone, (_req, res) => res.redirect('/tenants'));
  routes.use('/login', login);
  routes.use('/logout', logout);
  routes.use('/account', account);
  routes.use('/tenants', tenants(config));
  routes.use('/tenants', tenant(config));
  return routes;
}
