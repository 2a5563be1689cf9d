import { Router } from 'express';
import type { Config } from '../config.ts';
import { inbox } from './inbox.ts';
import { gallery } from './ui.ts';

/** Pages for development: absent in production and where other machines could reach them. */
export function devRoutes(config: Config): Router {
  const routes = Router();
  const isLoopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(config.host);
  if (config.production || !isLoopback) return routes;

  routes.use('/dev/ui', gallery());
  routes.use('/dev/inbox', inbox(config.dataDir, config.smtpUrl !== undefined));
  return routes;
}
