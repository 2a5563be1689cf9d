import type { Router } from 'express';

/** One address of a portal: `GET /users/:id` and what answers it, guard first. */
export interface MappedRoute {
  method: string;
  path: string;
  handlers: unknown[];
}

interface Layer {
  rawPath: unknown;
  handle: { name: string; stack?: Layer[] };
  route?: { path: unknown; stack: { method?: string; handle: unknown }[] };
}

/**
 * Every route under a router, in the order they are tried.
 *
 * @throws Error for what is neither a route nor a router: nothing may run before a route's guard
 */
export function routesOf(router: Router, prefix = ''): MappedRoute[] {
  return (router.stack as unknown as Layer[]).flatMap((layer) => {
    const { route, handle } = layer;
    if (route) return pathsOf(prefix, route.path).flatMap((path) => mapped(route, path));
    if (!handle.stack)
      throw new Error(`Something runs before the guards of ${prefix || '/'}: ${handle.name}`);
    return pathsOf(prefix, layer.rawPath).flatMap((path) => routesOf(handle as unknown as Router, path));
  });
}

function mapped({ stack }: NonNullable<Layer['route']>, path: string): MappedRoute[] {
  const methodOf = (each: { method?: string }) => (each.method ?? 'all').toUpperCase();
  return [...new Set(stack.map(methodOf))].map((method) => ({
    method,
    path,
    handlers: stack.filter((each) => methodOf(each) === method).map(({ handle }) => handle),
  }));
}

/** One address, or the several that a route has. */
function pathsOf(prefix: string, path: unknown): string[] {
  return [path].flat().map((each) => {
    if (typeof each !== 'string') throw new Error(`${String(each)} under ${prefix} is no plain path`);
    return `${prefix}/${each}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  });
}
