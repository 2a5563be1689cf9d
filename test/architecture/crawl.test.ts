import { expect } from 'chai';
import pg from 'pg';
import { signedInOperator } from '../platform/operator.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createCustomer, createCustomField, signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { AuditWatch } from './audit-watch.ts';
import { pressEveryButton } from './crawler.ts';
import { countParameters, fillParameters, isPage, portalRoutes, type PortalName } from './routes.ts';
import { listLatestIds, seedTenant, type SeededTenant } from './seed-tenant.ts';
import { createShardedCopy, SHARDS, shardsScanned } from './sharded-copy.ts';

describe('a crawler that presses every button', () => {
  let portal: TestPortal;
  let tenant: SeededTenant;
  let counter: StatementCounter;
  let audit: AuditWatch;
  let ids: string[];

  before(async () => {
    portal = await startPortal();
    tenant = await seedTenant(portal, 'Alpha');
    counter = new StatementCounter(portal.database.app);
    audit = new AuditWatch(portal);
    // With a second field, the buttons that move a field change rows.
    await createCustomField(portal, tenant);
    const latest = await listLatestIds(portal, tenant.id, 1);
    const other = await createCustomer(portal, tenant, { access: 'invited', company: tenant.company });
    ids = [tenant.company.id, tenant.customer.id, tenant.staff.id, other.id, ...latest];
  });
  after(() => portal.close());

  it('gets no server error as staff', async function () {
    this.timeout(120_000);
    const staff = await signIn(portal, tenant.operations, tenant.staff);
    const errors: string[] = [];
    for (const pattern of listPages('operations')) {
      for (const path of fillWithIds(pattern)) errors.push(...(await press(staff, path)));
    }
    expect(errors).to.eql([]);
  });

  it('gets no server error as a customer', async function () {
    this.timeout(120_000);
    const person = await createCustomer(portal, tenant, { company: tenant.company, email_verified_at: null });
    const customer = await signIn(portal, tenant.account, person);
    const errors: string[] = [];
    for (const path of listPages('account')) errors.push(...(await press(customer, path)));
    expect(errors).to.eql([]);
  });

  it('gets no server error behind mailed links', async function () {
    this.timeout(120_000);
    await portal.runMail();
    const links = portal.mailbox.messages.map(({ link }) => link).filter((link) => link.includes('token='));
    expect(links.length).to.be.greaterThan(2);
    const errors: string[] = [];
    for (const link of links) {
      const visitor = new Visitor(portal, new URL(link).host);
      errors.push(...(await press(visitor, (await visitor.visit(link)).path)));
    }
    expect(errors).to.eql([]);
  });

  it('gets no server error as an operator', async () => {
    const operator = await signedInOperator(portal);
    const errors: string[] = [];
    for (const pattern of listPages('platform'))
      errors.push(...(await press(operator, fillParameters(pattern, [tenant.id]))));
    expect(errors).to.eql([]);
  });

  it('leaves an audit event for every accepted POST that changes rows', () => {
    expect(audit.unaudited).to.eql([]);
    expect(audit.audited).to.be.greaterThan(20);
  });

  it('causes only statements that scan one shard of each tenant table', async () => {
    const client = new pg.Client({ connectionString: portal.urls.superuser });
    await client.connect();
    await createShardedCopy(client);
    const sent = [...counter.sent.values()].filter(({ text }) =>
      /^(with|select|insert|update|delete)\b/i.test(text),
    );
    const wrong: string[] = [];
    let scans = 0;
    for (const statement of sent) {
      const scanned = await shardsScanned(client, statement).catch((error: Error) => {
        throw new Error(`${error.message}: ${statement.text}`);
      });
      scans += scanned.size;
      for (const [table, shards] of scanned)
        if (shards.size > 1) wrong.push(`${shards.size} shards of ${table}: ${statement.text}`);
    }
    const withoutTenant = {
      text: 'select u.id from users u join memberships m on m.user_id = u.id where u.id = $1',
      values: [tenant.staff.id],
    };
    const sizes = [...(await shardsScanned(client, withoutTenant)).values()].map(({ size }) => size);
    await client.end();
    expect(sizes, 'a statement without tenant_id').to.eql([SHARDS, SHARDS]);
    expect(wrong).to.eql([]);
    expect(scans).to.be.greaterThan(100);
  });

  function press(visitor: Visitor, path: string): Promise<string[]> {
    return pressEveryButton(visitor, path, (label, send) => audit.submit(label, send));
  }

  function fillWithIds(pattern: string): string[] {
    const count = countParameters(pattern);
    if (count === 0) return [pattern];
    if (count === 1) return [...ids, 'accountActivation'].map((id) => fillParameters(pattern, [id]));
    return ids.slice(1).map((id) => fillParameters(pattern, [ids[0]!, id]));
  }
});

/** The pages of a portal, those with destructive buttons last. */
function listPages(name: PortalName): string[] {
  return portalRoutes[name]
    .filter(isPage)
    .map(({ path }) => path)
    .filter((path) => !isMailPart(path))
    .sort(destructiveLast);
}

/** The HTML of a mail, which a page shows in a frame. */
function isMailPart(path: string): boolean {
  return path.endsWith('/html');
}

function destructiveLast(a: string, b: string): number {
  return destructiveness(a) - destructiveness(b);
}

function destructiveness(path: string): number {
  return (
    Number(/deactivation|removal|revocation|suspension/.test(path)) + Number(/password|security/.test(path))
  );
}
