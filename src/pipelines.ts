import { Router, type RequestHandler } from 'express';
import type { AppDeps } from './app.ts';
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
import { currentOperator, currentUser } from './http/current-user.ts';
import type { Portal } from './http/find-portal.ts';
import { readNotice } from './http/flash.ts';
import { notFound } from './http/handle-errors.ts';
import { readForm, readJson, readRawBody } from './http/input.ts';
import { redirectToPrimaryHost } from './http/redirect-to-primary-host.ts';
import { sessions } from './http/session.ts';

export type PipelineName = 'pages' | 'uploads' | 'api' | 'webhooks' | 'callbacks';

/** The handlers that run before the routes of one kind of caller. */
export interface Pipeline {
  name: PipelineName;
  handlers: RequestHandler[];
}

export interface Mount {
  portal: Portal['kind'];
  path: string;
  pipeline: Pipeline;
  routes: Router[];
}

export type Pipelines = ReturnType<typeof createPipelines>;

/** The order of the handlers matters: each uses what the earlier ones have set. */
export function createPipelines({
  config,
  database,
  directory,
}: Pick<AppDeps, 'config' | 'database' | 'directory'>) {
  const cookies = readCookies(config.secretKeys);
  const session = sessions(database, config);

  const pages = [
    redirectToPrimaryHost(directory),
    ...cookies,
    readNotice,
    checkOrigin,
    readForm,
    session,
    checkCsrfToken,
    currentUser,
    currentOperator(database),
  ];
  // In the route follow the guard and `multipart`, which reads the form and checks its CSRF token.
  const uploads = [...cookies, checkOrigin, session, provideCsrfToken, currentUser];
  const api = (findTokenActor: FindTokenActor) => [ignoreCookies, readBearerToken(findTokenActor), readJson];
  const webhooks = (provider: WebhookProvider) => [ignoreCookies, readRawBody, verifyWebhook(provider)];
  // An attempt takes the place of the Origin check: another site sends these requests.
  const callbacks = [...cookies, readForm, readAttempt, session, provideCsrfToken, currentUser];

  return {
    pages: pipeline('pages', pages),
    uploads: pipeline('uploads', uploads),
    api: (findTokenActor: FindTokenActor) => pipeline('api', api(findTokenActor)),
    webhooks: (provider: WebhookProvider) => pipeline('webhooks', webhooks(provider)),
    callbacks: pipeline('callbacks', callbacks),
  };
}

export function mountRoutes({ portal, pipeline: { name, handlers }, routes }: Mount): Router {
  const router = Router();
  router.use((req, _res, next) => next(req.portal.kind === portal ? undefined : 'router'));
  router.use(...handlers, ...routes);
  // Uploads share their paths with pages.
  if (name !== 'uploads') router.use(notFound);
  return router;
}

export function hasJsonErrors({ name }: Pipeline): boolean {
  return name === 'api' || name === 'webhooks';
}

function pipeline(name: PipelineName, handlers: RequestHandler[]): Pipeline {
  return { name, handlers };
}
