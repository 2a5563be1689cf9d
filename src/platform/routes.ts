import { Router } from 'express';
import { anyone } from '../http/guards.ts';

/** The platform console, address by address. */
export function platformRoutes(): Router {
  const routes = Router();
  routes.get('/', anyone, (_req, res) => res.redirect('/tenants'));
  return routes;
}
