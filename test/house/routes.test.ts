import { expect } from 'chai';
import { Router } from 'express';
import { accountRoutes } from '../../src/account/routes.ts';
import { readConfig } from '../../src/config.ts';
import { devRoutes } from '../../src/dev/routes.ts';
import { anyone, isGuard, signedIn } from '../../src/http/guards.ts';
import { operationsRoutes } from '../../src/operations/routes.ts';
import { platformRoutes } from '../../src/platform/routes.ts';
import { routesOf, type MappedRoute } from './route-map.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });
const portals = {
  account: accountRoutes(),
  operations: operationsRoutes(),
  platform: platformRoutes(config),
  'dev inbox': devRoutes(config),
};

describe('every route', () => {
  for (const [name, router] of Object.entries(portals)) {
    const routes = routesOf(router);

    it(`of ${name} begins with exactly one guard`, () => {
      expect(routes).not.to.eql([]);
      expect(routes.filter((route) => !isGuarded(route)).map(label)).to.eql([]);
    });

    it(`of ${name} is a GET or a POST of plural or kebab-case nouns`, () => {
      const odd = routes.filter(
        ({ method, path }) =>
          !['GET', 'POST'].includes(method) ||
          !/^(\/(:\w+|[a-z0-9]+(-[a-z0-9]+)*|\.well-known))*\/?$/.test(path),
      );
      expect(odd.map(label)).to.eql([]);
    });

    it(`of ${name} is there once`, () => {
      const labels = routes.map(label);
      expect(labels.filter((each, index) => labels.indexOf(each) !== index)).to.eql([]);
    });
  }

  it('that changes something of a portal asks who is there, but for the ways in and out', () => {
    const open = ['account', 'operations', 'platform'].flatMap((name) =>
      routesOf(portals[name as keyof typeof portals])
        .filter(({ method, handlers }) => method === 'POST' && handlers[0] === anyone)
        .map(({ path }) => `${name} ${path}`),
    );
    const waysInAndOut =
      /^(account|operations|platform) (\/account)?\/(log(in|out)|forgot-password|reset-password|set-password|activate|invitation(\/logout)?|verify-email)$/;
    expect(open.filter((each) => !waysInAndOut.test(each))).to.eql([]);
  });
});

describe('the look at the routes', () => {
  const guarded = (...handlers: unknown[]) => isGuarded({ method: 'GET', path: '/', handlers });
  const handler = () => undefined;

  it('notices a route without a guard, with two, or with one that comes late', () => {
    expect(guarded(anyone, handler)).to.equal(true);
    expect(guarded(handler)).to.equal(false);
    expect(guarded(anyone, signedIn, handler)).to.equal(false);
    expect(guarded(handler, anyone)).to.equal(false);
    expect(guarded(anyone)).to.equal(false);
  });

  it('finds routes in routers in routers, and nothing that runs before them', () => {
    const inner = Router();
    inner.post('/password', handler);
    const outer = Router();
    outer.use('/users/:id', inner);
    expect(routesOf(outer).map(label)).to.eql(['POST /users/:id/password']);
    outer.use(handler);
    expect(() => routesOf(outer)).to.throw('before the guards');
  });
});

function isGuarded({ handlers }: MappedRoute): boolean {
  const [first, ...rest] = handlers;
  return isGuard(first) && rest.length > 0 && !rest.some(isGuard);
}

function label({ method, path }: MappedRoute): string {
  return `${method} ${path}`;
}
