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
    if (layer.route) return mapped(layer.route, prefix);
    if (layer.handle.stack) return routesOf(layer.handle as unknown as Router, join(prefix, layer.rawPath));
    throw new Error(`Something runs before the guards of ${prefix || '/'}: ${layer.handle.name}`);
  });
}

function mapped({ path, stack }: NonNullable<Layer['route']>, prefix: string): MappedRoute[] {
  const methods = [...new Set(stack.map(({ method }) => (method ?? 'all').toUpperCase()))];
  return methods.map((method) => ({
    method,
    path: join(prefix, path),
    handlers: stack
      .filter((each) => (each.method ?? 'all').toUpperCase() === method)
      .map(({ handle }) => handle),
  }));
}

function join(prefix: string, path: unknown): string {
  if (typeof path !== 'string') throw new Error(`${String(path)} under ${prefix} is no plain path`);
  return `${prefix}/${path}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}
