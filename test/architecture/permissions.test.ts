import { expect } from 'chai';
import { builtInRoles } from '../../src/domain/role/built-in-roles.ts';
import { customerPermissions, staffPermissions, type Permission } from '../../src/domain/role/permissions.ts';
import { requiredPermissions } from '../../src/http/guards.ts';
import { portalRoutes, routeLabel, type Route } from './routes.ts';
import { readSources } from './source-files.ts';

const ALL_PERMISSIONS = Object.keys({ ...staffPermissions, ...customerPermissions });

/** Permissions of the catalogue whose screens do not exist yet, with the words that would promise these screens. */
const UNUSED_PERMISSIONS: Partial<Record<Permission, RegExp>> = {
  'employees.edit': /\b(people|employees)\b/i,
};

describe('permissions', () => {
  it('checked in views and menus are in the catalogue', () => {
    const sources = readSources('src', '.ts').filter(({ file }) => file !== 'src/database/tables.ts');
    const checked = [...readSources('views', '.ejs'), ...sources].flatMap(({ file, text }) =>
      [...text.matchAll(/\bcan\(\s*'([^']+)'|\bpermission: '([^']+)'/g)].map(([, inView, inMenu]) => ({
        file,
        permission: (inView ?? inMenu)!,
      })),
    );
    expect(checked.length).to.be.greaterThan(10);
    expect(checked.filter(({ permission }) => !ALL_PERMISSIONS.includes(permission))).to.eql([]);
  });

  it('in the catalogue each guard a route, except the listed unused permissions', () => {
    const guarding = new Set<string>(Object.values(portalRoutes).flat().flatMap(permissionsOfRoute));
    const unguarded = ALL_PERMISSIONS.filter((permission) => !guarding.has(permission));
    expect(unguarded).to.have.members(Object.keys(UNUSED_PERMISSIONS));
  });

  it('for staff guard no customer route, and permissions for customers guard no staff route', () => {
    const wrong = [
      ...portalRoutes.operations.filter((route) => !requiresOnly(route, staffPermissions)),
      ...portalRoutes.account.filter((route) => !requiresOnly(route, customerPermissions)),
    ];
    expect(wrong.map(routeLabel)).to.eql([]);
  });

  it('without screens are not promised by the descriptions of built-in roles', () => {
    const promises = Object.values(UNUSED_PERMISSIONS);
    const wrong = builtInRoles.filter(({ description }) => promises.some((words) => words.test(description)));
    expect(wrong.map(({ code }) => code)).to.eql([]);
  });

  it('of a built-in role belong to the audience of the role', () => {
    const wrong = builtInRoles.filter(({ audience, permissions }) =>
      permissions.some((each) => !(each in (audience === 'staff' ? staffPermissions : customerPermissions))),
    );
    expect(wrong.map(({ code }) => code)).to.eql([]);
  });
});

function permissionsOfRoute({ handlers }: Route): readonly Permission[] {
  return requiredPermissions(handlers[0]);
}

function requiresOnly(route: Route, permissions: object): boolean {
  return permissionsOfRoute(route).every((each) => each in permissions);
}
