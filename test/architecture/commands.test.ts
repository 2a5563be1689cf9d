import { expect } from 'chai';
import { staffPermissions, type StaffPermission } from '../../src/domain/role/permissions.ts';
import { anyone, requiredPermissions } from '../../src/http/guards.ts';
import { listCommands } from '../../src/operations/commands.ts';
import { hasParameter, isGet, portalRoutes } from './routes.ts';

/** Pages that are parts of another page, or need a row in their query. */
const NOT_LISTED: Record<string, string> = {
  '/search': 'has the commands',
  '/views/new': 'needs the query of a list',
  '/profile/email': 'part of the profile',
  '/profile/time-zone': 'part of the profile',
  '/settings/brand/theme': 'part of the preview',
  '/settings/brand/login': 'a preview',
  '/settings/brand/email/html': 'a preview',
  '/imports/templates/users': 'a file',
  '/imports/templates/companies': 'a file',
  '/imports/templates/units': 'a file',
  '/imports/templates/rentals': 'a file',
  '/imports/templates/balances': 'a file',
  '/settings/agreement/new': 'needs a language',
  '/settings/agreement/preview': 'a preview',
  '/settings/agreement/draft': 'a redirect of the preview',
  '/settings/terms/new': 'a step of the page with the versions',
  '/settings/terms/preview': 'a preview',
  '/settings/terms/draft': 'a redirect of the preview',
};

describe('the commands of staff', () => {
  const permissions = new Set(Object.keys(staffPermissions) as StaffPermission[]);
  const commandsOf = (allowed: ReadonlySet<StaffPermission>) =>
    listCommands({
      actor: { permissions: allowed },
      tenant: { vocabulary: 'storage', is_setup_hidden: false },
    } as never);
  const pages = portalRoutes.operations.filter(
    (route) => isGet(route) && !hasParameter(route) && route.handlers[0] !== anyone,
  );

  it('open every page that has an address of its own', () => {
    const listed = new Set(commandsOf(permissions).map(({ href }) => href));
    const missing = pages.map(({ path }) => path).filter((path) => !listed.has(path) && !NOT_LISTED[path]);
    expect(missing).to.eql([]);
    const paths = new Set(pages.map(({ path }) => path));
    expect([...listed, ...Object.keys(NOT_LISTED)].filter((path) => !paths.has(path))).to.eql([]);
    expect(Object.keys(NOT_LISTED).filter((path) => listed.has(path))).to.eql([]);
  });

  it('are only those whose page the user may open', () => {
    for (const permission of permissions) {
      const allowed = new Set([permission]);
      for (const { href } of commandsOf(allowed)) {
        const required = requiredPermissions(pages.find(({ path }) => path === href)!.handlers[0]);
        expect(
          required.length === 0 || required.some((each) => each === permission),
          `${href} for ${permission}`,
        ).to.equal(true);
      }
    }
  });
});
