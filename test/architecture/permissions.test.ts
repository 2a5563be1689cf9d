import { expect } from 'chai';
import { builtInRoles } from '../../src/domain/role/built-in-roles.ts';
import { customerPermissions, staffPermissions, type Permission } from '../../src/domain/role/permissions.ts';
import { anyone, operator, permissionsAsked } from '../../src/http/guards.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { fillParameters, portalRoutes, routeLabel, type PortalName, type Route } from './routes.ts';
import { readSources } from './source-files.ts';

const ALL_PERMISSIONS = Object.keys({ ...staffPermissions, ...customerPermissions });
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

/** Permissions of the catalogue whose screens do not exist yet. */
const UNUSED_PERMISSIONS = [
  'billing.pay',
  'payment_details.edit',
  'units.edit',
  'orders.view',
  'orders.create',
  'employees.edit',
];

describe('permissions', () => {
  it('that views and menus ask for are in the catalogue', () => {
    const asked = [...readSources('views', '.ejs'), ...readSources('src', '.ts')].flatMap(({ file, text }) =>
      [...text.matchAll(/\bcan\(\s*'([^']+)'|\bpermission: '([^']+)'/g)].map(([, inView, inMenu]) => ({
        file,
        permission: (inView ?? inMenu)!,
      })),
    );
    expect(asked.length).to.be.greaterThan(10);
    expect(asked.filter(({ permission }) => !ALL_PERMISSIONS.includes(permission))).to.eql([]);
  });

  it('of the catalogue guard a route, except the listed ones', () => {
    const asked = new Set<string>(Object.values(portalRoutes).flat().flatMap(permissionsOfRoute));
    const unguarded = ALL_PERMISSIONS.filter((permission) => !asked.has(permission));
    expect(unguarded).to.have.members(UNUSED_PERMISSIONS);
  });

  it('of staff guard no customer route, and those of customers no staff route', () => {
    const wrong = [
      ...portalRoutes.operations.filter((route) => asksForOneOf(route, customerPermissions)),
      ...portalRoutes.account.filter((route) => asksForOneOf(route, staffPermissions)),
    ];
    expect(wrong.map(routeLabel)).to.eql([]);
  });

  it('of built-in roles belong to the audience of the role', () => {
    const wrong = builtInRoles.filter(({ audience, permissions }) =>
      permissions.some((each) => each in (audience === 'staff' ? customerPermissions : staffPermissions)),
    );
    expect(wrong.map(({ code }) => code)).to.eql([]);
  });
});

describe('route guards', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const hostOf = (name: PortalName) => (name === 'platform' ? portal.config.operationsDomain : tenant[name]);

  for (const name of ['account', 'operations', 'platform'] as const) {
    it(`redirect anonymous users of the ${name} portal to the login page`, async () => {
      const wrong: string[] = [];
      for (const route of portalRoutes[name].filter(({ handlers }) => handlers[0] !== anyone)) {
        const send = await requestSender(new Visitor(portal, hostOf(name)), route.method, loginPath(name));
        const { status, location } = await send(route);
        if (status !== 303 || !location?.startsWith(loginPath(name)))
          wrong.push(`${routeLabel(route)}: ${status} ${location}`);
      }
      expect(wrong).to.eql([]);
    });
  }

  for (const { audience, code, permissions } of builtInRoles) {
    const name = audience === 'staff' ? 'operations' : 'account';
    it(`of the ${name} portal return 403 for exactly the routes that the role ${code} may not use`, async () => {
      const visitor = await signInWithRole(audience, code);
      expect(await listForbidden(visitor, name)).to.eql(
        portalRoutes[name].filter((route) => isForbidden(route, permissions)).map(routeLabel),
      );
    });
  }

  it('return 403 to staff without a role for every route with a permission', async () => {
    const visitor = await signedInStaff(portal, tenant, null);
    expect(await listForbidden(visitor, 'operations')).to.eql(
      portalRoutes.operations.filter((route) => isForbidden(route, [])).map(routeLabel),
    );
  });

  it('of the platform console are anyone or operator', () => {
    const others = portalRoutes.platform.filter(
      ({ handlers }) => ![anyone, operator].includes(handlers[0] as typeof anyone),
    );
    expect(others.map(routeLabel)).to.eql([]);
  });

  async function signInWithRole(audience: 'customer' | 'staff', code: string): Promise<Visitor> {
    if (audience === 'staff') return signedInStaff(portal, tenant, code);
    return signedInCustomer(portal, tenant, { company: await createCompany(portal, tenant), roles: [code] });
  }

  /** Requests every route with an unknown id and an empty form, so that nothing changes behind the guard. */
  async function listForbidden(visitor: Visitor, name: 'account' | 'operations'): Promise<string[]> {
    const forbidden: string[] = [];
    const page = name === 'account' ? '/account/profile' : '/unknown';
    const senders = {
      GET: await requestSender(visitor, 'GET', page),
      POST: await requestSender(visitor, 'POST', page),
    };
    for (const route of portalRoutes[name].filter((each) => permissionsOfRoute(each).length > 0)) {
      const { status } = await senders[route.method as 'GET' | 'POST'](route);
      if (status === 403) forbidden.push(routeLabel(route));
    }
    return forbidden;
  }
});

function permissionsOfRoute({ handlers }: Route): readonly Permission[] {
  return permissionsAsked(handlers[0]);
}

function asksForOneOf(route: Route, permissions: object): boolean {
  return permissionsOfRoute(route).some((each) => each in permissions);
}

function isForbidden(route: Route, permissions: readonly string[]): boolean {
  const asked = permissionsOfRoute(route);
  return asked.length > 0 && !asked.some((each) => permissions.includes(each));
}

/** POSTs carry the CSRF token of `page`. */
async function requestSender(visitor: Visitor, method: string, page: string) {
  const source = method === 'POST' ? await visitor.visit(page) : undefined;
  return async (route: Route) => {
    const path = fillParameters(route.path, [UNKNOWN_ID]);
    const answer = source ? await visitor.postFrom(source, path) : await visitor.get(path);
    return { status: answer.status, location: answer.headers['location'] as string | undefined };
  };
}

function loginPath(name: PortalName): string {
  return name === 'account' ? '/account/login' : '/login';
}
