import { expect } from 'chai';
import { Router } from 'express';
import { readConfig } from '../../src/config.ts';
import { devRoutes } from '../../src/dev/routes.ts';
import { anyone, isGuard, signedIn } from '../../src/http/guards.ts';
import { listRoutes, portalRoutes, routeLabel, type Route } from './routes.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });
const routers: Record<string, Route[]> = { ...portalRoutes, development: listRoutes(devRoutes(config)) };

/** The paths of anonymous POSTs: logging in and out, and the forms behind mailed links. */
const ANONYMOUS_POSTS =
  /^(account|operations|platform) (\/account)?\/(log(in|out)|forgot-password|reset-password|set-password|activate|invitation(\/logout)?|verify-email)$/;

describe('routes', () => {
  for (const [name, routes] of Object.entries(routers)) {
    it(`of the ${name} router begin with exactly one guard`, () => {
      expect(routes).not.to.eql([]);
      expect(routes.filter((route) => !hasOneGuard(route)).map(routeLabel)).to.eql([]);
    });

    it(`of the ${name} router use GET or POST and kebab-case paths`, () => {
      expect(routes.filter((route) => !isWellNamed(route)).map(routeLabel)).to.eql([]);
    });

    it(`of the ${name} router are defined once`, () => {
      const labels = routes.map(routeLabel);
      expect(labels.filter((each, index) => labels.indexOf(each) !== index)).to.eql([]);
    });
  }

  it('accept anonymous POSTs only to log in, to log out, and behind mailed links', () => {
    const open = Object.entries(portalRoutes).flatMap(([name, routes]) =>
      routes
        .filter(({ method, handlers }) => method === 'POST' && handlers[0] === anyone)
        .map(({ path }) => `${name} ${path}`),
    );
    expect(open).to.include('account /account/login');
    expect(open.filter((each) => !ANONYMOUS_POSTS.test(each))).to.eql([]);
  });
});

describe('the route checks', () => {
  const handler = () => undefined;
  const withHandlers = (...handlers: unknown[]) => hasOneGuard({ method: 'GET', path: '/', handlers });

  it('report a route with no guard, with two guards, with a late guard and with a guard alone', () => {
    expect(withHandlers(anyone, handler)).to.equal(true);
    expect(withHandlers(handler)).to.equal(false);
    expect(withHandlers(anyone, signedIn, handler)).to.equal(false);
    expect(withHandlers(handler, anyone)).to.equal(false);
    expect(withHandlers(anyone)).to.equal(false);
  });

  it('report other methods and paths that are not kebab-case', () => {
    const isNamed = (method: string, path: string) => isWellNamed({ method, path, handlers: [] });
    expect(isNamed('GET', '/custom-fields/:id/edit')).to.equal(true);
    expect(isNamed('PUT', '/users')).to.equal(false);
    expect(isNamed('GET', '/customFields')).to.equal(false);
  });

  it('list the routes of nested routers, and throw for middleware that runs before a guard', () => {
    const inner = Router();
    inner.post('/password', handler);
    const outer = Router();
    outer.use('/users/:id', inner);
    expect(listRoutes(outer).map(routeLabel)).to.eql(['POST /users/:id/password']);
    outer.use(handler);
    expect(() => listRoutes(outer)).to.throw('before the guards');
  });
});

function hasOneGuard({ handlers }: Route): boolean {
  const [first, ...rest] = handlers;
  return isGuard(first) && rest.length > 0 && !rest.some(isGuard);
}

function isWellNamed({ method, path }: Route): boolean {
  return (
    ['GET', 'POST'].includes(method) && /^(\/(:\w+|[a-z0-9]+(-[a-z0-9]+)*|\.well-known))*\/?$/.test(path)
  );
}
