import { Router, type RequestHandler } from 'express';
import type { Portal } from './find-portal.ts';
import { notFound } from './handle-errors.ts';

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

export function mountRoutes({ portal, pipeline: { name, handlers }, routes }: Mount): Router {
  const router = Router({ mergeParams: true });
  // Uploads share their paths with pages.
  const isUploads = name === 'uploads';
  router.use((req, _res, next) => {
    const isServed = req.portal.kind === portal && (!isUploads || req.is('multipart/form-data'));
    next(isServed ? undefined : 'router');
  });
  router.use(...handlers, ...routes);
  if (!isUploads) router.use(notFound);
  return router;
}

export function hasJsonErrors({ name }: Pipeline): boolean {
  return name === 'api' || name === 'webhooks';
}

export function pipeline(name: PipelineName, handlers: RequestHandler[]): Pipeline {
  return { name, handlers };
}
