import express, { type Express } from 'express';
import { accountRoutes } from './account/routes.ts';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { devRoutes } from './dev/routes.ts';
import type { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { readAssets, serveAssets, serveTheme } from './http/assets.ts';
import { readCookies } from './http/cookies.ts';
import { checkOrigin, csrf } from './http/csrf.ts';
import { currentOperator, currentUser } from './http/current-user.ts';
import { findPortal, onPortal } from './http/find-portal.ts';
import { readNotice } from './http/flash.ts';
import { handleErrors, notFound, refuseUntilStarted } from './http/handle-errors.ts';
import { health } from './http/server.ts';
import { readBody } from './http/input.ts';
import { logRequests, prepareRequest } from './http/prepare-request.ts';
import { Throttle } from './http/rate-limit.ts';
import { redirectToPrimaryHost } from './http/redirect-to-primary-host.ts';
import { renderPages } from './http/render-page.ts';
import { securityHeaders } from './http/security-headers.ts';
import { sessions } from './http/session.ts';
import type { Log } from './log.ts';
import { operationsRoutes } from './operations/routes.ts';
import { platformRoutes } from './platform/routes.ts';
import { publicFolder } from './project-folder.ts';

export interface AppDeps {
  config: Config;
  database: Database;
  directory: TenantDirectory;
  log: Log;
  /** False until the schema is the one of this version. */
  isStarted: () => boolean;
  /** False while draining. */
  isReady: () => boolean;
}

/** The order of the handlers matters: each uses what the earlier ones have set. */
export function createApp(deps: AppDeps): Express {
  const { config, database, directory, log } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple').set('trust proxy', config.trustProxy);
  const assets = readAssets(publicFolder);

  app.use(securityHeaders(config));
  app.use(health(deps));
  app.use(refuseUntilStarted(deps.isStarted));
  app.use(findPortal(directory, config));
  app.use(prepareRequest(deps, new Throttle(database, config.secretKeys[0]!)));
  app.use(logRequests(log));
  app.use(renderPages(assets, config));
  app.get('/assets/*path', serveAssets(assets));
  app.get('/theme.:hash.css', serveTheme);
  app.use(redirectToPrimaryHost(directory));
  app.use(readCookies(config.secretKeys));
  app.use(readNotice);
  app.use(checkOrigin);
  app.use(readBody);
  app.use(sessions(database, config));
  app.use(csrf());
  app.use(currentUser);
  app.use(onPortal('platform', currentOperator(database)));

  app.use(onPortal('account', accountRoutes()));
  app.use(onPortal('operations', operationsRoutes()));
  app.use(onPortal('platform', devRoutes(config)));
  app.use(onPortal('platform', platformRoutes(config)));

  app.use(notFound);
  app.use(handleErrors(log));
  return app;
}
