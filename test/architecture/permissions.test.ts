import { expect } from 'chai';
import { builtInRoles } from '../../src/domain/role/built-in-roles.ts';
import { customerPermissions, staffPermissions, type Permission } from '../../src/domain/role/permissions.ts';
import { requiredPermissions } from '../../src/http/guards.ts';
import { portalRoutes, routeLabel, type Route } from './routes.ts';
import { readSources } from './source-files.ts';

const ALL_PERMISSIONS = Object.keys({ ...staffPermissions, ...customerPermissions });

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

function permissionsOfRoute({ handlers }: Route): readonly Permission[] {
  return requiredPermissions(handlers[0]);
}

function asksForOneOf(route: Route, permissions: object): boolean {
  return permissionsOfRoute(route).some((each) => each in permissions);
}
