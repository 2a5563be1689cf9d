import { expect } from 'chai';
import pg from 'pg';
import { accountRoutes } from '../../src/account/routes.ts';
import { operationsRoutes } from '../../src/operations/routes.ts';
import { platformRoutes } from '../../src/platform/routes.ts';
import { signedInOperator } from '../platform/operator.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createCustomer, signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { furnishedTenant, type FurnishedTenant } from './furnish.ts';
import { pressEveryButton } from './robot.ts';
import { routesOf } from './route-map.ts';
import { buildTwin, partsAsked } from './twin.ts';

const pagesOf = (routes: ReturnType<typeof routesOf>) =>
  routes.filter(({ method }) => method === 'GET').map(({ path }) => path);

/** What takes something away comes last. */
const byHarm = (a: string, b: string) => harm(a) - harm(b);
const harm = (path: string) =>
  Number(/deactivation|removal|revocation|suspension/.test(path)) + Number(/password|security/.test(path));

describe('pressing every button of every page', () => {
  let portal: TestPortal;
  let tenant: FurnishedTenant;
  let counter: StatementCounter;
  let ids: string[];

  before(async () => {
    portal = await startPortal();
    tenant = await furnishedTenant(portal, 'Alpha');
    counter = new StatementCounter(portal.database.app);
    const tables = ['custom_fields', 'emails', 'terms_versions', 'roles'];
    const { rows } = await portal.owner.query<{ id: string }>(
      tables.map((table) => `(select id from ${table} where tenant_id = $1 limit 1)`).join(' union all '),
      [tenant.id],
    );
    const other = await createCustomer(portal, tenant, { access: 'invited', company: tenant.company });
    ids = [tenant.company.id, tenant.customer.id, tenant.staff.id, other.id, ...rows.map(({ id }) => id)];
  });
  after(() => portal.close());

  it('of staff never ends in an accident of ours', async function () {
    this.timeout(120_000);
    const staff = await signIn(portal, tenant.operations, tenant.staff);
    const found: string[] = [];
    for (const path of pagesOf(routesOf(operationsRoutes())).filter(isOpenPage).sort(byHarm)) {
      for (const address of addresses(path)) found.push(...(await pressEveryButton(staff, address)));
    }
    expect(found).to.eql([]);
  });

  it('of customers never ends in an accident of ours', async function () {
    this.timeout(120_000);
    const person = await createCustomer(portal, tenant, { company: tenant.company, email_verified_at: null });
    const customer = await signIn(portal, tenant.account, person);
    const found: string[] = [];
    for (const path of pagesOf(routesOf(accountRoutes())).sort(byHarm))
      found.push(...(await pressEveryButton(customer, path)));
    expect(found).to.eql([]);
  });

  it('behind every link that was mailed never ends in an accident of ours', async function () {
    this.timeout(120_000);
    await portal.runMail();
    const links = portal.mailbox.messages.map(({ link }) => link).filter((link) => link.includes('token='));
    expect(links.length).to.be.greaterThan(2);
    const found: string[] = [];
    for (const link of links) {
      const visitor = new Visitor(portal, new URL(link).host);
      found.push(...(await pressEveryButton(visitor, (await visitor.visit(link)).path)));
    }
    expect(found).to.eql([]);
  });

  it('of operators never ends in an accident of ours', async () => {
    const operator = await signedInOperator(portal);
    const found: string[] = [];
    for (const path of pagesOf(routesOf(platformRoutes(portal.config))).filter(isOpenPage).sort(byHarm)) {
      found.push(...(await pressEveryButton(operator, path.replace(':id', tenant.id))));
    }
    expect(found).to.eql([]);
  });

  it('has asked of one tenant’s place alone, statement by statement', async () => {
    const client = new pg.Client({ connectionString: portal.urls.superuser });
    await client.connect();
    await buildTwin(client);
    const sent = [...counter.sent.values()].filter(({ text }) =>
      /^(with|select|insert|update|delete)\b/i.test(text),
    );
    const wrong: string[] = [];
    let placed = 0;
    for (const statement of sent) {
      const parts = await partsAsked(client, statement).catch((error: Error) => {
        throw new Error(`${error.message}: ${statement.text}`);
      });
      placed += parts.size;
      for (const [table, asked] of parts)
        if (asked.size > 1) wrong.push(`${asked.size} places of ${table}: ${statement.text}`);
    }
    // And it would be noticed: one that does not name its tenant asks everywhere.
    const forgetful = {
      text: 'select u.id from users u join memberships m on m.user_id = u.id where u.id = $1',
      values: [tenant.staff.id],
    };
    expect([...(await partsAsked(client, forgetful)).values()].map(({ size }) => size)).to.eql([8, 8]);
    await client.end();
    expect(wrong).to.eql([]);
    expect(placed).to.be.greaterThan(100);
  });

  function addresses(pattern: string): string[] {
    const places = pattern.match(/:\w+/g)?.length ?? 0;
    if (places === 0) return [pattern];
    const values =
      places === 1
        ? [...ids.map((id) => [id]), ['accountActivation']]
        : ids.slice(1).map((id) => [ids[0]!, id]);
    return values.map((list) => pattern.replace(/:\w+/g, () => list.shift()!));
  }
});

/** Not the parts of a mail, shown in a frame. */
function isOpenPage(path: string): boolean {
  return !path.endsWith('/html');
}
