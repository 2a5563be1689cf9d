import type { Router } from 'express';
import { accountRoutes } from '../../src/account/routes.ts';
import { anyone, operator, requiredPermissions, signedIn, atTermsStep } from '../../src/http/guards.ts';
import { readConfig } from '../../src/config.ts';
import { operationsRoutes } from '../../src/operations/routes.ts';
import { platformRoutes } from '../../src/platform/routes.ts';

export interface Route {
  method: string;
  path: string;
  /** In the order they run; the guard is the first. */
  handlers: unknown[];
}

export type PortalName = 'account' | 'operations' | 'platform';

/** The guards that require no permission. */
export type GuardName = 'anyone' | 'signedIn' | 'atTermsStep' | 'operator';

interface Layer {
  rawPath: unknown;
  handle: { name: string; stack?: Layer[] };
  route?: { path: unknown; stack: { method?: string; handle: unknown }[] };
}

const NAMED_GUARDS = new Map<unknown, GuardName>([
  [anyone, 'anyone'],
  [signedIn, 'signedIn'],
  [atTermsStep, 'atTermsStep'],
  [operator, 'operator'],
]);

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });

/** The routes of every portal, in the order they are tried. */
export const portalRoutes: Record<PortalName, Route[]> = {
  account: listRoutes(accountRoutes()),
  operations: listRoutes(operationsRoutes()),
  platform: listRoutes(platformRoutes(config)),
};

/**
 * Every route under a router, in the order they are tried.
 *
 * @throws {Error} for a layer that is neither a route nor a router: nothing may run before a route's guard
 */
export function listRoutes(router: Router, prefix = ''): Route[] {
  return (router.stack as unknown as Layer[]).flatMap((layer) => {
    const { route, handle } = layer;
    if (route) return fullPaths(prefix, route.path).flatMap((path) => routesOfLayer(route, path));
    if (!handle.stack) throw new Error(`Middleware before the guards of ${prefix || '/'}: ${handle.name}`);
    return fullPaths(prefix, layer.rawPath).flatMap((path) => listRoutes(handle as unknown as Router, path));
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

export function countParameters(path: string): number {
  return path.match(/:\w+/g)?.length ?? 0;
}

/** Replaces the parameters of a path in order; the last value is repeated when there are too few. */
export function fillParameters(path: string, values: readonly string[]): string {
  let index = 0;
  return path.replace(/:\w+/g, () => values[index++] ?? values.at(-1)!);
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
