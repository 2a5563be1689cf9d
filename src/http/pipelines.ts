import { Router, type RequestHandler } from 'express';
import { MethodNotAllowed, NotFound } from '../errors.ts';
import { findRoutes, methodsOf } from './find-routes.ts';
import type { Portal } from './find-portal.ts';
import { notFound } from './handle-errors.ts';
import { findFormLimit } from './input.ts';

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

/** The stack is that of a router, in which routes can be found. */
type MountedRoutes = RequestHandler & Pick<Router, 'stack'>;

export function mountRoutes({ portal, pipeline: { name, handlers }, routes }: Mount): MountedRoutes {
  const router = Router({ mergeParams: true });
  // Uploads share their paths with pages.
  const isUploads = name === 'uploads';
  const refuse = refuseRequest(routes);
  // Before the handlers, which would refuse other methods as requests from another site.
  if (!isUploads)
    router.use((req, res, next) => (USUAL_METHODS.has(req.method) ? next() : refuse(req, res, next)));
  router.use(findFormLimit(routes), ...handlers, ...routes);
  if (!isUploads) router.use(refuse, notFound);
  // `next('router')` would leave the router only in the next turn of the event loop.
  const serve: RequestHandler = (req, res, next) => {
    const isServed = req.portal.kind === portal && (!isUploads || req.is('multipart/form-data'));
    if (isServed) router(req, res, next);
    else next();
  };
  return Object.assign(serve, { stack: router.stack });
}

const USUAL_METHODS = new Set(['GET', 'HEAD', 'POST']);

/** @throws {MethodNotAllowed|NotFound} unless a route has the path and the method */
function refuseRequest(routes: readonly Router[]): RequestHandler {
  return (req, _res, next) => {
    const methods = methodsOf(findRoutes(routes, req.path));
    if (methods.includes(req.method)) return next();
    throw methods.length > 0 ? new MethodNotAllowed(methods) : new NotFound('No such page');
  };
}

export function hasJsonErrors({ name }: Pipeline): boolean {
  return name === 'api' || name === 'webhooks';
}

export function pipeline(name: PipelineName, handlers: RequestHandler[]): Pipeline {
  return { name, handlers };
}
