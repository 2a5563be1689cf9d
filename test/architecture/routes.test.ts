import { expect } from 'chai';
import { Router } from 'express';
import { readConfig } from '../../src/config.ts';
import { devRoutes } from '../../src/dev/routes.ts';
import { checkCsrfToken } from '../../src/http/csrf.ts';
import { anyone, isGuard, may, signedIn } from '../../src/http/guards.ts';
import { isMultipartParser, multipart } from '../../src/http/multipart.ts';
import type { Mount, PipelineName } from '../../src/http/pipelines.ts';
import { listRoutes, mounts, portalRoutes, routeLabel, type PortalRoute, type Route } from './routes.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });
const routers: Record<string, Route[]> = { ...portalRoutes, development: listRoutes(devRoutes(config)) };

/** The paths of anonymous POSTs: logging in and out, and the forms behind mailed links. */
const ANONYMOUS_POSTS =
  /^(account|operations|platform) (\/account)?\/(log(in|out)|forgot-password|reset-password|set-password(\/links)?|activate|invitation(\/logout|\/links)?|verify-email(\/links)?)$|^account \/sandbox\/pay\//;

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

  it('accept anonymous POSTs only to log in, to log out, behind mailed links and on the page of the sandbox', () => {
    const open = Object.entries(portalRoutes).flatMap(([name, routes]) =>
      routes
        .filter(({ pipeline }) => pipeline === 'pages' || pipeline === 'uploads')
        .filter(({ method, handlers }) => method === 'POST' && handlers[0] === anyone)
        .map(({ path }) => `${name} ${path}`),
    );
    expect(open).to.include('account /account/login');
    expect(open.filter((each) => !ANONYMOUS_POSTS.test(each))).to.eql([]);
  });

  it('read a multipart form only behind uploads, between a guard and the check of the CSRF token', () => {
    const routes = Object.values(portalRoutes).flat();
    expect(routes.filter((route) => !readsItsPipelinesForms(route)).map(routeLabel)).to.eql([]);
  });

  it('behind other pipelines are mounted before the pages of their portal', () => {
    expect(mounts.filter(isHiddenByPages).map(({ portal, path }) => portal + path)).to.eql([]);
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

  it('report an upload whose guard, multipart parser and CSRF check are not in this order, and one for anyone', () => {
    const [parser, check] = multipart({ name: 'logo', maxFiles: 1, maxBytes: 1000 });
    const guard = may('users.create');
    const reads = (pipeline: PipelineName, ...handlers: unknown[]) =>
      readsItsPipelinesForms({ method: 'POST', path: '/', pipeline, handlers });
    expect(reads('uploads', guard, parser, check, handler)).to.equal(true);
    expect(reads('uploads', guard, parser, handler)).to.equal(false);
    expect(reads('uploads', guard, check, parser, handler)).to.equal(false);
    expect(reads('uploads', parser, check, guard, handler)).to.equal(false);
    expect(reads('uploads', anyone, parser, check, handler)).to.equal(false);
    expect(reads('uploads', guard, handler)).to.equal(false);
    for (const pipeline of ['pages', 'api', 'webhooks', 'callbacks'] as const) {
      expect(reads(pipeline, guard, handler), pipeline).to.equal(true);
      expect(reads(pipeline, guard, parser, check, handler), pipeline).to.equal(false);
    }
  });

  it('report a mount behind the pages of its portal', () => {
    const page = mounts.find(({ pipeline }) => pipeline.name === 'pages')!;
    const api: Mount = { ...page, path: '/api', pipeline: { name: 'api', handlers: [] } };
    const elsewhere: Mount = { ...api, portal: 'platform' };
    expect([api, page].filter(isHiddenByPages)).to.eql([]);
    expect([page, api, elsewhere].filter(isHiddenByPages)).to.eql([api]);
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

function readsItsPipelinesForms({ pipeline, handlers }: PortalRoute): boolean {
  if (pipeline !== 'uploads') return !handlers.some(isMultipartParser);
  const [guard, parser, check] = handlers;
  return isGuard(guard) && guard !== anyone && isMultipartParser(parser) && check === checkCsrfToken;
}

function isHiddenByPages({ portal }: Mount, index: number, all: readonly Mount[]): boolean {
  return all
    .slice(0, index)
    .some((earlier) => earlier.portal === portal && earlier.pipeline.name === 'pages');
}

function isWellNamed({ method, path }: Route): boolean {
  return (
    ['GET', 'POST'].includes(method) &&
    /^(\/(:\w+(\.pdf)?|[a-z0-9]+(-[a-z0-9]+)*|\.well-known))*\/?$/.test(path)
  );
}
