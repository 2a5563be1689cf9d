import { Router } from 'express';
import type { Config } from '../config.ts';
import { isForDevelopment } from '../http/show-addresses.ts';
import { inbox } from './inbox.ts';
import { componentGallery } from './ui.ts';

export function devRoutes(config: Config): Router {
  const routes = Router();
  if (!isForDevelopment(config)) return routes;

  const portals = `${config.publicScheme}://*.${config.portalDomain}`;
  routes.use('/dev/ui', componentGallery());
  routes.use('/dev/inbox', inbox(config.dataDir, config.smtpUrl !== undefined, portals));
  return routes;
}
