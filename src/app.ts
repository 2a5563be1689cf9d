import express, { type Express } from 'express';
import { accountRoutes } from './account/routes.ts';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { devRoutes } from './dev/routes.ts';
import type { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { readAssets, serveAssets, serveTheme } from './http/assets.ts';
import { findPortal } from './http/find-portal.ts';
import { handleErrors, notFound, refuseUntilStarted, respondInJson } from './http/handle-errors.ts';
import { health } from './http/server.ts';
import { logRequests, prepareRequest } from './http/prepare-request.ts';
import { Throttle } from './http/rate-limit.ts';
import { renderPages } from './http/render-page.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Log } from './log.ts';
import { operationsRoutes } from './operations/routes.ts';
import { createPipelines, hasJsonErrors, mountRoutes, type Mount, type Pipelines } from './pipelines.ts';
import { platformRoutes } from './platform/routes.ts';
import { publicFolder } from './project-folder.ts';

export interface AppDeps {
  config: Config;
  database: Database;
  directory: TenantDirectory;
  log: Log;
  wakeMail: () => void;
  /** False until the schema is the one of this version. */
  isStarted: () => boolean;
  /** False while draining. */
  isReady: () => boolean;
}

/** Every route of the portals. Pages are last because they take every path of their portal. */
export function listMounts({ pages }: Pipelines, config: Config): Mount[] {
  return [
    { portal: 'account', path: '/', pipeline: pages, routes: [accountRoutes()] },
    { portal: 'operations', path: '/', pipeline: pages, routes: [operationsRoutes()] },
    { portal: 'platform', path: '/', pipeline: pages, routes: [devRoutes(config), platformRoutes(config)] },
  ];
}

/** The order of the handlers matters: each uses what the earlier ones have set. */
export function createApp(deps: AppDeps, list = listMounts): Express {
  const { config, database, directory, log } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple').set('trust proxy', config.trustProxy);
  const assets = readAssets(publicFolder);
  const mounts = list(createPipelines(deps), config);

  for (const { path, pipeline } of mounts) if (hasJsonErrors(pipeline)) app.use(path, respondInJson);
  app.use(securityHeaders(config));
  app.use(health(deps));
  app.use(refuseUntilStarted(deps.isStarted));
  app.use(findPortal(directory, config));
  app.use(prepareRequest(deps, new Throttle(database, config.secretKeys[0]!)));
  app.use(logRequests(log));
  app.use(renderPages(assets, config));
  app.get('/assets/*path', serveAssets(assets));
  app.get('/theme.:hash.css', serveTheme);

  for (const mount of mounts) app.use(mount.path, mountRoutes(mount));

  app.use(notFound);
  app.use(handleErrors(log));
  return app;
}
