import { expect } from 'chai';
import express, { Router, type Express } from 'express';
import { listMounts, createPipelines } from '../../src/app.ts';
import { builtInRoles } from '../../src/domain/role/built-in-roles.ts';
import { personalPermissions } from '../../src/domain/role/permissions.ts';
import { may } from '../../src/http/guards.ts';
import { mountRoutes, type Mount, type Pipeline, type PipelineName } from '../../src/http/pipelines.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { routePermissions, type ExpectedGuard } from './route-permissions.ts';
import {
  fillParameters,
  guardLabel,
  inCompany,
  isOfCompany,
  listAppRoutes,
  mayLabel,
  portalRoutes,
  routeLabel,
  routesOfMount,
  type PortalName,
  type PortalRoute,
} from './routes.ts';

const PORTALS = ['account', 'operations', 'platform'] as const;
const PIPELINES = Object.keys(routePermissions) as PipelineName[];
const WITHOUT_PIPELINE = [
  'GET /livez',
  'GET /readyz',
  'GET /assets/*path',
  'GET /known-host',
  'GET /theme.:hash.css',
  'GET /logo.:hash.:size.png',
];
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

describe('route guards', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const hostOf = (name: PortalName) => (name === 'platform' ? portal.config.operationsDomain : tenant[name]);

  for (const name of PORTALS) {
    for (const pipeline of PIPELINES) {
      it(`of the ${name} portal behind ${pipeline} are those listed in route-permissions.ts`, () => {
        const routes = portalRoutes[name].filter((route) => route.pipeline === pipeline);
        expect(listDifferences(routes, routePermissions[pipeline][name])).to.eql([]);
      });
    }

    it(`of the ${name} portal redirect anonymous users to the login page`, async () => {
      const wrong: string[] = [];
      for (const route of guardedPages(name)) {
        const send = await requestSender(new Visitor(portal, hostOf(name)), route.method, loginPath(name));
        const { status, location } = await send(route);
        if (status !== 303 || !location?.startsWith(loginPath(name)))
          wrong.push(`${routeLabel(route)}: ${status} ${location}`);
      }
      expect(wrong).to.eql([]);
    });
  }

  it('are all behind a pipeline, except health checks, the question of a proxy and static files', () => {
    expect(listRoutesOutside(portal.app, listMounts(createPipelines(portal), portal.config))).to.eql(
      WITHOUT_PIPELINE,
    );
  });

  for (const { audience, code, permissions } of builtInRoles) {
    const name = audience === 'staff' ? 'operations' : 'account';
    it(`of the ${name} portal return 403 for exactly the routes that the role ${code} may not use`, async () => {
      const visitor = await signInWithRole(audience, code);
      expect(await listForbidden(visitor, name, visitor.companyId)).to.eql(
        listExpectedForbidden(name, permissions, audience === 'staff' ? undefined : isOfCompany),
      );
    });
  }

  it('of the operations portal return 403 to staff without a role for every route with a permission', async () => {
    const visitor = await signedInStaff(portal, tenant, null);
    const expected = listExpectedForbidden('operations', []);
    expect(expected.length).to.be.greaterThan(40);
    expect(await listForbidden(visitor, 'operations')).to.eql(expected);
  });

  it('of the account portal return 403 to customers who act for themselves for exactly the routes without a personal permission', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    expect(await listForbidden(visitor, 'account')).to.eql(
      listExpectedForbidden('account', personalPermissions, (route) => !isOfCompany(route)),
    );
  });

  async function signInWithRole(
    audience: 'customer' | 'staff',
    code: string,
  ): Promise<Visitor & { companyId?: string }> {
    if (audience === 'staff') return signedInStaff(portal, tenant, code);
    const company = await createCompany(portal, tenant);
    const visitor = await signedInCustomer(portal, tenant, { company, roles: [code] });
    return Object.assign(visitor, { companyId: company.id });
  }

  /** Requests every guarded route with an unknown id and an empty form, so that no handler changes a row. */
  async function listForbidden(
    visitor: Visitor,
    name: 'account' | 'operations',
    companyId = UNKNOWN_ID,
  ): Promise<string[]> {
    const forbidden: string[] = [];
    const page = name === 'account' ? '/account/profile' : '/unknown';
    const senders = {
      GET: await requestSender(visitor, 'GET', page),
      POST: await requestSender(visitor, 'POST', page),
    };
    for (const route of guardedPages(name)) {
      const { status } = await senders[route.method as 'GET' | 'POST'](inCompany(route, companyId));
      if (status === 403) forbidden.push(routeLabel(route));
    }
    return forbidden;
  }
});

describe('the search for routes outside the pipelines', () => {
  it('reports a route and a router that are mounted directly, also when their paths exist behind a pipeline', () => {
    const routes = Router().get('/users', () => undefined);
    const pipeline: Pipeline = { name: 'pages', handlers: [] };
    const mount: Mount = { portal: 'account', path: '/', pipeline, routes: [routes] };
    const app = express().use(mountRoutes(mount));
    expect(listRoutesOutside(app, [mount])).to.eql([]);
    app.get('/logo', () => undefined);
    app.use('/api', routes);
    app.use(routes);
    expect(listRoutesOutside(app, [mount])).to.eql(['GET /logo', 'GET /api/users', 'GET /users']);
  });
});

describe('the comparison of guards', () => {
  const handler = () => undefined;
  const users: PortalRoute = {
    method: 'POST',
    path: '/users',
    handlers: [may('users.view'), handler],
    pipeline: 'pages',
  };

  it('reports a changed guard, a route that is not listed and a listed route that does not exist', () => {
    expect(listDifferences([users], { 'POST /users': ['users.view'] })).to.eql([]);
    expect(listDifferences([users], { 'POST /users': ['users.create'] })).to.eql([
      "POST /users: expected may('users.create'), but the guard is may('users.view')",
    ]);
    expect(listDifferences([users], { 'POST /users': ['users.view', 'users.edit'] })).to.have.length(1);
    expect(listDifferences([users], { 'POST /users': 'signedIn' })).to.have.length(1);
    expect(listDifferences([users], {})).to.eql([
      "POST /users: expected a line in route-permissions.ts, but the guard is may('users.view')",
    ]);
    expect(listDifferences([], { 'POST /users': 'anyone' })).to.eql([
      'POST /users: expected anyone, but the route does not exist',
    ]);
  });
});

function listRoutesOutside(app: Express, mounts: Mount[]): string[] {
  const outside = listAppRoutes(app).map(routeLabel);
  for (const route of mounts.flatMap(routesOfMount)) outside.splice(outside.indexOf(routeLabel(route)), 1);
  return outside;
}

function listDifferences(routes: PortalRoute[], expected: Record<string, ExpectedGuard>): string[] {
  const actual = Object.fromEntries(routes.map((route) => [routeLabel(route), guardLabel(route)]));
  const labels = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return labels.flatMap((label) => {
    const guard = expected[label];
    const expectedLabel =
      guard === undefined ? undefined : typeof guard === 'string' ? guard : mayLabel(guard);
    if (expectedLabel === actual[label]) return [];
    const found = actual[label] ? `the guard is ${actual[label]}` : 'the route does not exist';
    return [`${label}: expected ${expectedLabel ?? 'a line in route-permissions.ts'}, but ${found}`];
  });
}

/** The pages that require a login. */
function guardedPages(name: PortalName): PortalRoute[] {
  return portalRoutes[name].filter(
    (route) => route.pipeline === 'pages' && expectedGuard(name, route) !== 'anyone',
  );
}

function expectedGuard(name: PortalName, route: PortalRoute): ExpectedGuard | undefined {
  return routePermissions[route.pipeline][name][routeLabel(route)];
}

/** The routes whose expected guard accepts none of the permissions. */
function listExpectedForbidden(
  name: PortalName,
  permissions: readonly string[],
  isIncluded: (route: PortalRoute) => boolean = () => true,
): string[] {
  const isForbidden = (guard: ExpectedGuard | undefined) =>
    Array.isArray(guard) && !guard.some((each) => permissions.includes(each as string));
  return guardedPages(name)
    .filter((route) => isIncluded(route) && isForbidden(expectedGuard(name, route)))
    .map(routeLabel);
}

/** POSTs carry the CSRF token of `page`. */
async function requestSender(visitor: Visitor, method: string, page: string) {
  const source = method === 'POST' ? await visitor.visit(page) : undefined;
  return async (route: PortalRoute) => {
    const path = fillParameters(route.path, [UNKNOWN_ID]);
    const response = source ? await visitor.postFrom(source, path) : await visitor.get(path);
    return { status: response.status, location: response.headers['location'] as string | undefined };
  };
}

function loginPath(name: PortalName): string {
  return name === 'account' ? '/account/login' : '/login';
}
