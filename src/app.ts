import express, { type Express } from 'express';
import { accountRoutes, accountUploads } from './account/routes.ts';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { devRoutes } from './dev/routes.ts';
import type { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { openFileStore } from './files/file-store.ts';
import { chargeDeps } from './gateways/charge-deps.ts';
import { readAssets, serveAssets, serveTheme, type Assets } from './http/assets.ts';
import {
  ignoreCookies,
  readBearerToken,
  verifyWebhook,
  type FindTokenActor,
  type WebhookProvider,
} from './http/authenticate-caller.ts';
import { readAttempt } from './http/callback-attempt.ts';
import { readCookies } from './http/cookies.ts';
import { checkCsrfToken, checkOrigin, provideCsrfToken } from './http/csrf.ts';
import { currentOperator, currentTenant, currentUser } from './http/current-user.ts';
import { findPortal, refuseSeveralHosts, refuseSuspended } from './http/find-portal.ts';
import { readNotice } from './http/flash.ts';
import { handleErrors, notFound, refuseUntilStarted, respondInJson } from './http/handle-errors.ts';
import { redirectMergedUsers } from './http/redirect-merged-users.ts';
import { readForm, readJson, readRawBody } from './http/input.ts';
import { knownHost } from './http/known-host.ts';
import { hasJsonErrors, mountRoutes, pipeline, type Mount } from './http/pipelines.ts';
import { logRequests, prepareRequest } from './http/prepare-request.ts';
import { checkProxy } from './http/proxy-check.ts';
import { Throttle } from './http/rate-limit.ts';
import { redirectToPrimaryHost } from './http/redirect-to-primary-host.ts';
import { RejectionLog } from './http/rejection-log.ts';
import { loadPageViews, renderPages } from './http/render-page.ts';
import { securityHeaders } from './http/security-headers.ts';
import { closeConnectionsWhileDraining, health } from './http/server.ts';
import { serveLogo } from './http/serve-logo.ts';
import { sessions } from './http/session.ts';
import { isForDevelopment, showAddresses } from './http/show-addresses.ts';
import { limitPerIp, limitPerSession } from './http/simultaneous-requests.ts';
import type { Log } from './log.ts';
import { staffNavigation } from './operations/navigation.ts';
import { operationsRoutes, operationsUploads } from './operations/routes.ts';
import { platformRoutes } from './platform/routes.ts';
import { publicFolder } from './project-folder.ts';
import type { Views } from './views.ts';
import { gatewayEventRoutes, gatewayWebhooks } from './webhooks/gateway-events.ts';

export interface AppDeps {
  config: Config;
  database: Database;
  directory: TenantDirectory;
  log: Log;
  /** False until the schema is the one of this version. */
  isStarted: () => boolean;
  /** False while draining. */
  isReady: () => boolean;
  /** To open them all after the start. */
  views?: Views;
  /** Those of public/ unless given. */
  assets?: Assets;
}

/** The order of the handlers matters: each uses what the earlier ones have set. */
export function createApp(deps: AppDeps, list = listMounts): Express {
  const { config, database, directory, log } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple').set('trust proxy', config.trustProxy);
  const assets = deps.assets ?? readAssets(publicFolder);
  const mounts = list(createPipelines(deps), config);
  const rejections = new RejectionLog(log);

  for (const { path, pipeline } of mounts) if (hasJsonErrors(pipeline)) app.use(path, respondInJson);
  app.use(securityHeaders(config));
  app.use(closeConnectionsWhileDraining(deps));
  app.use(refuseSeveralHosts);
  app.use(health(deps));
  app.use(checkProxy(config));
  app.use(refuseUntilStarted(deps.isStarted));
  // Not counted: they are in memory, and a page requests many at once.
  app.get('/assets/*path', serveAssets(assets));
  app.use(limitPerIp(rejections));
  app.get('/known-host', knownHost(directory, config));
  if (isForDevelopment(config)) app.use(showAddresses(config, database));
  app.use(findPortal(directory, config, log));
  const throttle = new Throttle(database, config.secretKeys[0]!, log);
  const fileStore = openFileStore(config.filesUrl);
  app.use(prepareRequest({ ...deps, chargeDeps: chargeDeps(deps), fileStore }, throttle));
  app.use(logRequests(log, rejections));
  app.use(renderPages(assets, config, deps.views ?? loadPageViews(config), staffNavigation));
  app.use('/assets', notFound);
  app.get('/theme.:hash.css', serveTheme);
  app.get('/logo.:hash.:size.png', serveLogo(database));

  for (const mount of mounts) app.use(mount.path, mountRoutes(mount));

  app.use(notFound);
  app.use(redirectMergedUsers);
  app.use(handleErrors(log));
  return app;
}

/** What runs before the routes of each kind of caller. */
export function createPipelines({
  config,
  database,
  directory,
  log,
}: Pick<AppDeps, 'config' | 'database' | 'directory' | 'log'>) {
  const cookies = [...readCookies(config.secretKeys), limitPerSession()];
  const session = sessions(database, config);
  const user = [currentTenant(directory), currentUser, currentOperator(database)];

  return {
    pages: pipeline('pages', [
      redirectToPrimaryHost(directory),
      refuseSuspended,
      ...cookies,
      readNotice,
      checkOrigin,
      readForm,
      session,
      checkCsrfToken,
      ...user,
    ]),
    // In the route follow the guard and `multipart`, which reads the form and checks its CSRF token.
    uploads: pipeline('uploads', [
      refuseSuspended,
      ...cookies,
      checkOrigin,
      session,
      provideCsrfToken,
      ...user,
    ]),
    api: (findTokenActor: FindTokenActor) =>
      pipeline('api', [refuseSuspended, ignoreCookies, readBearerToken(findTokenActor), readJson]),
    // Also of a suspended tenant: a provider does not repeat them for long.
    webhooks: (openProvider: (deps: Pick<AppDeps, 'config' | 'database' | 'log'>) => WebhookProvider) =>
      pipeline('webhooks', [
        ignoreCookies,
        readRawBody,
        verifyWebhook(openProvider({ config, database, log })),
      ]),
    // An attempt takes the place of the Origin check: another site sends these requests. After logging in staff, respond
    // with a page that has a link: a redirect would not carry their SameSite=Strict session cookie.
    callbacks: (purpose: string) =>
      pipeline('callbacks', [
        refuseSuspended,
        ...cookies,
        readForm,
        readAttempt(purpose),
        session,
        provideCsrfToken,
        ...user,
      ]),
  };
}

export type Pipelines = ReturnType<typeof createPipelines>;

/** Every route of the portals. Pages are last because they take every path of their portal. */
export function listMounts({ pages, uploads, webhooks }: Pipelines, config: Config): Mount[] {
  return [
    {
      portal: 'account',
      path: '/webhooks/:service/:gateway_id',
      pipeline: webhooks(gatewayWebhooks),
      routes: [gatewayEventRoutes()],
    },
    { portal: 'operations', path: '/', pipeline: uploads, routes: [operationsUploads()] },
    { portal: 'account', path: '/', pipeline: uploads, routes: [accountUploads()] },
    { portal: 'account', path: '/', pipeline: pages, routes: [accountRoutes(config)] },
    { portal: 'operations', path: '/', pipeline: pages, routes: [operationsRoutes()] },
    { portal: 'platform', path: '/', pipeline: pages, routes: [devRoutes(config), platformRoutes(config)] },
  ];
}
