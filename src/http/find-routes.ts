/** What Express stores of a route. */
export interface FoundRoute {
  methods: Record<string, boolean | undefined>;
  stack: { handle: unknown }[];
}

interface Layer {
  route?: FoundRoute;
  handle: { stack?: Layer[] };
  match(path: string): { path: string } | false;
}

/** The routes of a path for any method. Their handlers do not run. */
export function findRoutes(routers: readonly { stack: unknown }[], path: string): FoundRoute[] {
  return routers.flatMap((router) => routesOf(router.stack as Layer[], path));
}

function routesOf(stack: readonly Layer[], path: string): FoundRoute[] {
  return stack.flatMap((layer) => {
    const match = matchOf(layer, path);
    if (!match) return [];
    if (layer.route) return [layer.route];
    const rest = path.slice(match.path.length);
    return layer.handle.stack ? routesOf(layer.handle.stack, rest.startsWith('/') ? rest : `/${rest}`) : [];
  });
}

/** A parameter with malformed percent encoding matches no route. */
function matchOf(layer: Layer, path: string): { path: string } | false {
  if (!layer.route && !layer.handle.stack) return false;
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}

/** For the header Allow, in alphabetical order. */
export function methodsOf(routes: readonly FoundRoute[]): string[] {
  const methods = new Set(
    routes.flatMap((route) => Object.keys(route.methods).map((name) => name.toUpperCase())),
  );
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}
