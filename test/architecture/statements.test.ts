import { expect } from 'chai';
import { accountRoutes } from '../../src/account/routes.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { anyone } from '../../src/http/guards.ts';
import { operationsRoutes } from '../../src/operations/routes.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { furnishedTenant, type FurnishedTenant } from './furnish.ts';
import { routesOf, type MappedRoute } from './route-map.ts';

const isPage = ({ method, path }: MappedRoute) => method === 'GET' && !path.endsWith('/logout');
const PAGES = {
  account: routesOf(accountRoutes()).filter(isPage),
  operations: routesOf(operationsRoutes()).filter(isPage),
};
const guardOf = (route: MappedRoute) => route.handlers[0];

describe('what a page asks of the database', () => {
  let portal: TestPortal;
  let tenant: FurnishedTenant;
  let counter: StatementCounter;
  let signedIn: Record<keyof typeof PAGES, Visitor>;
  let ids: string[];

  before(async () => {
    portal = await startPortal();
    tenant = await furnishedTenant(portal, 'Alpha');
    signedIn = {
      account: await signIn(portal, tenant.account, tenant.customer),
      operations: await signIn(portal, tenant.operations, tenant.staff),
    };
    const tables = ['emails', 'custom_fields', 'terms_versions', 'roles'];
    const { rows } = await portal.owner.query<{ id: string }>(
      tables.map((table) => `(select id from ${table} where tenant_id = $1 limit 2)`).join(' union all '),
      [tenant.id],
    );
    ids = [
      tenant.company.id,
      tenant.customer.id,
      tenant.staff.id,
      ...rows.map(({ id }) => id),
      'accountActivation',
    ];
    counter = new StatementCounter(portal.database.app);
  });
  after(() => portal.close());

  const count = async (visitor: Visitor, path: string) => {
    counter.start();
    const answer = await visitor.get(path);
    return { status: answer.status, ...counter.counted };
  };

  for (const host of ['account', 'operations'] as const) {
    const prefix = host === 'account' ? '/account' : '';
    for (const path of [`${prefix}/login`, `${prefix}/forgot-password`]) {
      it(`is nothing for ${path}, signed out, once the tenant is known`, async () => {
        const visitor = new Visitor(portal, tenant[host]);
        await visitor.visit(path);
        expect(await count(visitor, path)).to.eql({
          status: 200,
          checkouts: 0,
          roundTrips: 0,
          statements: [],
        });
        // Neither with the cookies of another tenant's or an altered session.
        visitor.cookies.set(`__Host-${host}`, 's%3Anot-ours.x');
        expect(await count(visitor, path)).to.eql({
          status: 200,
          checkouts: 0,
          roundTrips: 0,
          statements: [],
        });
      });
    }
  }

  it('is one look for the tenant when it is not known yet', async () => {
    const visitor = new Visitor(portal, tenant.account);
    portal.directory.clear();
    expect(await count(visitor, '/account/login')).to.include({ checkouts: 1, roundTrips: 1 });
  });

  for (const [name, pages] of Object.entries(PAGES) as [keyof typeof PAGES, MappedRoute[]][]) {
    for (const page of pages.filter((route) => guardOf(route) !== anyone)) {
      it(`is one round trip for who asks, and one for what, at ${name} ${page.path}`, async () => {
        await signedIn[name].get(name === 'account' ? '/account' : '/users');
        const found = await firstFound(signedIn[name], page.path);
        const { status, statements, checkouts, roundTrips } = await count(signedIn[name], found);
        expect([200, 303, 302], `${found}: ${status}`).to.include(status);
        expect(statements.filter((text) => text === 'begin').length, statements.join('\n')).to.equal(
          roundTrips,
        );
        expect(checkouts, statements.join('\n')).to.be.within(1, 2);
        expect(roundTrips, statements.join('\n')).to.be.within(1, 2);
        expect(statements.filter(isWrite), 'a page only reads').to.eql([]);
      });
    }
  }

  it('is counted: a transaction that waits for each of its statements is several round trips', async () => {
    counter.start();
    await inTenant(portal.database, tenant.id, async (db) => db.from('users').select('id'));
    expect(counter.counted).to.include({ checkouts: 1, roundTrips: 4 });
  });

  it('begins with one pipeline for the session, the person and the tenant', async () => {
    const { statements } = await count(signedIn.account, '/account');
    expect(statements[0]).to.equal('begin');
    expect(statements[1]).to.match(/^set local app\.tenant_id = /);
    expect(statements.at(-1)).to.equal('commit');
    expect(statements.some((text) => text.includes('from sessions'))).to.equal(true);
    expect(statements.some((text) => /from login_sessions .*join users .*join tenants /.test(text))).to.equal(
      true,
    );
  });

  /** The address with ids under which there is something. */
  async function firstFound(visitor: Visitor, pattern: string): Promise<string> {
    if (!pattern.includes(':')) return pattern;
    const places = pattern.match(/:\w+/g)!.length;
    const tries =
      places === 1
        ? ids.map((id) => [id])
        : ids.slice(0, 3).flatMap((one) => ids.slice(0, 3).map((two) => [one, two]));
    for (const values of tries) {
      const path = pattern.replace(/:\w+/g, () => values.shift()!);
      if ((await visitor.get(path)).status < 400) return path;
    }
    throw new Error(`Nothing is found at ${pattern}`);
  }
});

/** last_seen_at slides at most once a minute, in the pipeline that checks the session. */
function isWrite(text: string): boolean {
  return /^(insert|update|delete)/i.test(text) && !text.startsWith('update login_sessions set last_seen_at');
}
