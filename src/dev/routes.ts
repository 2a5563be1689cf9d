import { Router } from 'express';
import type { Config } from '../config.ts';
import { inbox } from './inbox.ts';
import { componentGallery } from './ui.ts';

/** No routes in production, or when the server listens on an address that other machines can reach. */
export function devRoutes(config: Config): Router {
  const routes = Router();
  const isLoopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(config.host);
  if (config.production || !isLoopback) return routes;

  const portals = `${config.publicScheme}://*.${config.portalDomain}`;
  routes.use('/dev/ui', componentGallery());
  routes.use('/dev/inbox', inbox(config.dataDir, config.smtpUrl !== undefined, portals));
  return routes;
}
