import { expect } from 'chai';
import { accountRoutes } from '../../src/account/routes.ts';
import { operationsRoutes } from '../../src/operations/routes.ts';
import { signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';
import { furnishedTenant, type FurnishedTenant } from './furnish.ts';
import { routesOf, type MappedRoute } from './route-map.ts';

const withIds = (routes: MappedRoute[]) => routes.filter(({ path }) => path.includes('/:'));
const PORTALS = {
  operations: withIds(routesOf(operationsRoutes())),
  account: withIds(routesOf(accountRoutes())),
};

/** Nothing of a tenant is found under an id of another's: not even that it is there. */
describe("another tenant's ids", () => {
  let portal: TestPortal;
  let ours: FurnishedTenant;
  let theirs: FurnishedTenant;
  let visitors: Record<keyof typeof PORTALS, Visitor>;
  let ourIds: string[];
  let theirIds: string[];

  before(async () => {
    portal = await startPortal();
    ours = await furnishedTenant(portal, 'Alpha');
    theirs = await furnishedTenant(portal, 'Beta');
    ourIds = await idsOf(portal, ours.id, 3);
    theirIds = [...new Set([...mainIds(theirs), ...(await idsOf(portal, theirs.id, 1))])];
    visitors = {
      operations: await signIn(portal, ours.operations, ours.staff),
      account: await signIn(portal, ours.account, ours.customer),
    };
  });
  after(() => portal.close());

  it('are many, of every kind', () => {
    expect(theirIds.length).to.be.greaterThan(8);
    expect(PORTALS.operations.length).to.be.greaterThan(5);
  });

  for (const [name, routes] of Object.entries(PORTALS) as [keyof typeof PORTALS, MappedRoute[]][]) {
    for (const route of routes) {
      it(`get 404 from ${name} ${route.method} ${route.path}`, async () => {
        const before = await stateOf(portal, theirs.id);
        const ask = await asking(visitors[name], route.method);
        const wrong: string[] = [];
        for (const path of paths(route.path, mainIds(ours), theirIds)) {
          const { status } = await ask(path);
          if (status !== 404) wrong.push(`${path}: ${status}`);
        }
        expect(wrong).to.eql([]);
        expect(await stateOf(portal, theirs.id)).to.eql(before);
      });
    }
  }

  // Last, because it changes what is ours.
  for (const [name, routes] of Object.entries(PORTALS) as [keyof typeof PORTALS, MappedRoute[]][]) {
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      it(`while our own are found at ${name} ${route.path}`, async () => {
        const ask = await asking(visitors[name], 'GET');
        const statuses: number[] = [];
        for (const path of combinations(route.path, mainIds(ours), [...ourIds, 'accountActivation'])) {
          statuses.push((await ask(path)).status);
          if (statuses.at(-1) === 200) break;
        }
        expect(statuses).to.include(200);
      });
    }
  }
});

/** How to ask: a GET is followed where it leads, a POST carries a token that is good for every form. */
async function asking(
  visitor: Visitor,
  method: string,
): Promise<(path: string) => Promise<{ status: number }>> {
  // Not linted: among them are mails as they are shown in a frame.
  if (method === 'GET') return (path) => visitor.visit(path, { lint: false });
  const page = await visitor.visit(
    visitor.host.includes('operations') ? '/customers/companies' : '/account/profile',
  );
  return (path) => visitor.postFrom(page, path, { version: '1' });
}

function mainIds({ company, customer, staff }: FurnishedTenant): string[] {
  return [company.id, customer.id, staff.id];
}

/** Ids of everything that a tenant has, the latest of each. */
async function idsOf(portal: TestPortal, tenantId: string, most: number): Promise<string[]> {
  const tables =
    'users companies roles custom_fields emails terms_versions login_sessions role_assignments'.split(' ');
  const { rows } = await portal.owner.query<{ id: string }>(
    tables
      .map((table) => `(select id from ${table} where tenant_id = $1 order by id desc limit ${most})`)
      .join(' union all '),
    [tenantId],
  );
  return rows.map(({ id }) => id);
}

/** Every address with a foreign id in it: in the first place, and behind one of our own. */
function paths(pattern: string, ourIds: string[], theirIds: string[]): string[] {
  const places = pattern.match(/:\w+/g)!.length;
  const all = theirIds.map((id) =>
    fill(
      pattern,
      Array.from({ length: places }, () => id),
    ),
  );
  if (places === 1) return all;
  const mixed = ourIds.flatMap((own) => theirIds.slice(0, 8).map((id) => fill(pattern, [own, id])));
  return [...all, ...mixed];
}

function combinations(pattern: string, first: string[], all: string[]): string[] {
  const places = pattern.match(/:\w+/g)!.length;
  if (places === 1) return all.map((id) => fill(pattern, [id]));
  return first.flatMap((one) => all.map((other) => fill(pattern, [one, other])));
}

function fill(pattern: string, ids: string[]): string {
  let place = 0;
  return pattern.replace(/:\w+/g, () => ids[place++] ?? ids.at(-1)!);
}

/** A fingerprint of all that a tenant has; the audit log and sign-ins of its own do not count. */
async function stateOf(portal: TestPortal, tenantId: string): Promise<Record<string, string>> {
  const tables =
    'users companies memberships roles role_assignments custom_fields custom_field_values emails one_time_tokens login_sessions'.split(
      ' ',
    );
  const state: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await portal.owner.query<{ all: string }>(
      `select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as all from ${table} t where tenant_id = $1`,
      [tenantId],
    );
    state[table] = rows[0]!.all;
  }
  return state;
}
