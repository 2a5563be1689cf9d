import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { anyone } from '../../src/http/guards.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { countParameters, fillParameters, isGet, portalRoutes } from './routes.ts';
import { listLatestIds, seedTenant, type SeededTenant } from './seed-tenant.ts';

const PORTALS = ['account', 'operations'] as const;
const NO_STATEMENTS = { status: 200, checkouts: 0, roundTrips: 0, statements: [], writes: [] };

describe('database round trips', () => {
  let portal: TestPortal;
  let tenant: SeededTenant;
  let counter: StatementCounter;
  let visitors: Record<(typeof PORTALS)[number], Visitor>;
  let ids: string[];

  before(async () => {
    portal = await startPortal();
    tenant = await seedTenant(portal, 'Alpha');
    visitors = {
      account: await signIn(portal, tenant.account, tenant.customer),
      operations: await signIn(portal, tenant.operations, tenant.staff),
    };
    const { company, customer, staff } = tenant;
    const latest = await listLatestIds(portal, tenant.id, 2);
    ids = [company.id, customer.id, staff.id, ...latest, 'accountActivation'];
    counter = new StatementCounter(portal.database.app);
  });
  after(() => portal.close());

  const countFor = async (visitor: Visitor, path: string) => {
    counter.start();
    const { status } = await visitor.get(path);
    return { status, ...counter.counted };
  };

  for (const name of PORTALS) {
    const prefix = name === 'account' ? '/account' : '';
    for (const path of [`${prefix}/login`, `${prefix}/forgot-password`]) {
      it(`are zero at ${name} ${path} for an anonymous user when the tenant is cached`, async () => {
        const visitor = new Visitor(portal, tenant[name]);
        await visitor.visit(path);
        expect(await countFor(visitor, path)).to.eql(NO_STATEMENTS);
        visitor.cookies.set(`__Host-${name}`, 's%3Anot-signed.x');
        expect(await countFor(visitor, path), 'with a forged session cookie').to.eql(NO_STATEMENTS);
      });
    }
  }

  it('are one for an anonymous user when the tenant is not cached', async () => {
    const visitor = new Visitor(portal, tenant.account);
    portal.directory.clear();
    expect(await countFor(visitor, '/account/login')).to.include({ checkouts: 1, roundTrips: 1 });
  });

  for (const name of PORTALS) {
    const pages = portalRoutes[name].filter((route) => isGet(route) && !route.path.endsWith('/logout'));
    for (const page of pages.filter(({ handlers }) => handlers[0] !== anyone)) {
      it(`are at most two and write nothing for a logged-in user at ${name} ${page.path}`, async () => {
        await visitors[name].get(name === 'account' ? '/account' : '/users');
        const path = await findExistingPath(visitors[name], page.path);
        const { status, statements, checkouts, roundTrips } = await countFor(visitors[name], path);
        const sent = statements.join('\n');
        expect([200, 303, 302], `${path}: ${status}`).to.include(status);
        expect(statements.filter((text) => text === 'begin').length, sent).to.equal(roundTrips);
        expect(checkouts, sent).to.be.within(1, 2);
        expect(roundTrips, sent).to.be.within(1, 2);
        expect(statements.filter(isWrite), 'writes').to.eql([]);
      });
    }
  }

  it('are counted for each awaited statement of a transaction', async () => {
    counter.start();
    await inTenant(portal.database, tenant.id, async (db) => db.from('users').select('id'));
    expect(counter.counted).to.include({ checkouts: 1, roundTrips: 2 });
  });

  it('begin with one statement that reads the session, the user and the tenant', async () => {
    const { statements } = await countFor(visitors.account, '/account');
    expect(statements[0]).to.equal('begin');
    expect(statements[1]).to.match(/^set local app\.tenant_id = /);
    expect(statements.at(-1)).to.equal('commit');
    expect(statements[2]).to.match(/from sessions .*login_sessions .*join users .*join tenants /);
  });

  async function findExistingPath(visitor: Visitor, pattern: string): Promise<string> {
    const candidates =
      countParameters(pattern) < 2
        ? ids.map((id) => [id])
        : ids.slice(0, 3).flatMap((first) => ids.slice(0, 3).map((second) => [first, second]));
    for (const values of candidates) {
      const path = fillParameters(pattern, values);
      if ((await visitor.get(path)).status < 400) return path;
    }
    throw new Error(`No id of the tenant exists at ${pattern}`);
  }
});

/** Except last_seen_at, which is updated at most once a minute in the pipeline that reads the session. */
function isWrite(text: string): boolean {
  return /^(insert|update|delete)/i.test(text) && !text.startsWith('update login_sessions set last_seen_at');
}
