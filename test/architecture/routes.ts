import type { Express, Router } from 'express';
import { listMounts, type Pipelines } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { anyone, operator, requiredPermissions, signedIn, atTermsStep } from '../../src/http/guards.ts';
import type { Mount, Pipeline, PipelineName } from '../../src/http/pipelines.ts';

export interface Route {
  method: string;
  path: string;
  /** In the order they run; the guard is the first. */
  handlers: unknown[];
}

export interface PortalRoute extends Route {
  pipeline: PipelineName;
}

export type PortalName = 'account' | 'operations' | 'platform';

/** The guards that require no permission. */
export type GuardName = 'anyone' | 'signedIn' | 'atTermsStep' | 'operator';

interface Layer {
  rawPath: unknown;
  handle: { name: string; stack?: Layer[] };
  route?: { path: unknown; stack: { method?: string; handle: unknown }[] };
}

const COMPANY_PARAMETER = ':company_id';

const NAMED_GUARDS = new Map<unknown, GuardName>([
  [anyone, 'anyone'],
  [signedIn, 'signedIn'],
  [atTermsStep, 'atTermsStep'],
  [operator, 'operator'],
]);

/** Other machines can reach this host, so there are no routes of development. */
const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough', HOST: '0.0.0.0' });

/** Without handlers, because handlers need a database. */
const pipelines: Pipelines = {
  pages: emptyPipeline('pages'),
  uploads: emptyPipeline('uploads'),
  api: () => emptyPipeline('api'),
  webhooks: () => emptyPipeline('webhooks'),
  callbacks: () => emptyPipeline('callbacks'),
};

/** In the order they are tried. */
export const mounts = listMounts(pipelines, config);

/** The routes of every portal, in the order they are tried. */
export const portalRoutes: Record<PortalName, PortalRoute[]> = {
  account: routesOfPortal('account'),
  operations: routesOfPortal('operations'),
  platform: routesOfPortal('platform'),
};

export function routesOfMount({ path, pipeline, routes }: Mount): PortalRoute[] {
  return routes
    .flatMap((router) => listRoutes(router, path))
    .map((route) => ({ ...route, pipeline: pipeline.name }));
}

/** Every route of the app, also those outside the mounts. */
export function listAppRoutes(app: Express): Route[] {
  return listRoutes(app.router, '', () => []);
}

/**
 * Every route under a router, in the order they are tried.
 *
 * @param onMiddleware by default throws an error: nothing may run before a route's guard
 */
export function listRoutes(router: Router, prefix = '', onMiddleware = refuseMiddleware): Route[] {
  return (router.stack as unknown as Layer[]).flatMap((layer) => {
    const { route, handle } = layer;
    if (route) return fullPaths(prefix, route.path).flatMap((path) => routesOfLayer(route, path));
    if (!handle.stack) return onMiddleware(prefix, handle.name);
    return fullPaths(prefix, layer.rawPath).flatMap((path) =>
      listRoutes(handle as unknown as Router, path, onMiddleware),
    );
  });
}

export function routeLabel({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** The guard of a route as it is written in the source: `anyone`, `may('users.edit')`; `none` if it has no guard. */
export function guardLabel({ handlers: [guard] }: Route): string {
  const permissions = requiredPermissions(guard);
  if (permissions.length > 0) return mayLabel(permissions);
  return NAMED_GUARDS.get(guard) ?? 'none';
}

export function mayLabel(permissions: readonly string[]): string {
  return `may(${permissions.map((each) => `'${each}'`).join(', ')})`;
}

export function isGet({ method }: Route): boolean {
  return method === 'GET';
}

export function hasParameter({ path }: Route): boolean {
  return path.includes('/:');
}

/** Whether a customer uses the route in the name of a company. */
export function isOfCompany({ path }: Route): boolean {
  return path.includes(COMPANY_PARAMETER);
}

/** The same route with the id of a company in its path. */
export function inCompany<R extends Route>(route: R, companyId: string): R {
  return { ...route, path: route.path.replace(COMPANY_PARAMETER, companyId) };
}

export function countParameters(path: string): number {
  return path.match(/:\w+/g)?.length ?? 0;
}

/** Replaces the parameters of a path in order; the last value is repeated when there are too few. */
export function fillParameters(path: string, values: readonly string[]): string {
  let index = 0;
  return path.replace(/:\w+/g, () => values[index++] ?? values.at(-1)!);
}

function emptyPipeline(name: PipelineName): Pipeline {
  return { name, handlers: [] };
}

function routesOfPortal(name: PortalName): PortalRoute[] {
  return mounts.filter(({ portal }) => portal === name).flatMap(routesOfMount);
}

function refuseMiddleware(prefix: string, name: string): Route[] {
  throw new Error(`Middleware before the guards of ${prefix || '/'}: ${name}`);
}

function routesOfLayer({ stack }: NonNullable<Layer['route']>, path: string): Route[] {
  const methodOf = (entry: { method?: string }) => (entry.method ?? 'all').toUpperCase();
  return [...new Set(stack.map(methodOf))].map((method) => ({
    method,
    path,
    handlers: stack.filter((entry) => methodOf(entry) === method).map(({ handle }) => handle),
  }));
}

function fullPaths(prefix: string, path: unknown): string[] {
  return [path].flat().map((each) => {
    if (typeof each !== 'string') throw new Error(`${String(each)} under ${prefix} is not a plain path`);
    return `${prefix}/${each}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  });
}
