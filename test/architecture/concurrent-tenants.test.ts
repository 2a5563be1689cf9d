import { expect } from 'chai';
import http from 'node:http';
import { inTenant, readTenant } from '../../src/database/in-tenant.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';

/** Part of every row of the tenant. */
const NAMES = ['Alpha', 'Omega'] as const;
type Name = (typeof NAMES)[number];

const PATHS = [
  '/users',
  '/customers/companies',
  '/account',
  '/account/profile',
  '/account/security',
  '/account/login',
];

type RequestResult = { status: 'aborted' } | { status: number; text: string };

interface Summary {
  aborted: number;
  statuses: Record<string, number>;
  pagesWithOwnRows: number;
  pagesWithForeignNames: string[];
}

describe('two tenants that share two connections', () => {
  let portal: OwnPortal;
  const tenants = {} as Record<Name, TestTenant>;
  const staff = {} as Record<Name, Visitor[]>;
  const customers = {} as Record<Name, Visitor[]>;

  before(async () => {
    portal = await startPortal({ poolSize: 2 });
    for (const name of NAMES) {
      const tenant = await createTenant(portal, { name: `${name} Storage` });
      const company = await createCompany(portal, tenant, { name: `${name} Works` });
      const names = { first_name: name, last_name: `${name}son` };
      const customer = await createCustomer(portal, tenant, { ...names, company });
      const member = await createStaff(portal, tenant, names);
      customers[name] = await signInOften(tenant.account, customer);
      staff[name] = await signInOften(tenant.operations, member);
      tenants[name] = tenant;
    }
  });
  after(() => portal.close());

  /** So many that no login session has more simultaneous requests than it may have. */
  const signInOften = (host: string, person: TestPerson) =>
    Promise.all(Array.from({ length: 6 }, () => signIn(portal, host, person)));

  it('never see rows of the other tenant in 200 concurrent requests, some of them aborted', async () => {
    const summary: Summary = { aborted: 0, statuses: {}, pagesWithOwnRows: 0, pagesWithForeignNames: [] };
    const requests = Array.from({ length: 200 }, async (_, n) => {
      const name = NAMES[n % 2]!;
      addToSummary(summary, name, await sendRequest(name, n));
    });
    await Promise.all(requests);
    expect(summary.pagesWithForeignNames).to.eql([]);
    expect(summary.pagesWithOwnRows, JSON.stringify(summary.statuses)).to.be.greaterThan(20);
    expect(summary.aborted).to.be.greaterThan(10);
    // 503 is expected when no connection is free in time.
    const unexpected = Object.keys(summary.statuses).filter((each) => !['200', '303', '503'].includes(each));
    expect(unexpected).to.eql([]);
  });

  it('leave both connections idle with no tenant set', async () => {
    const { app } = portal.database;
    expect(app.totalCount).to.be.at.most(2);
    const clients = await Promise.all([app.connect(), app.connect()]);
    for (const client of clients) {
      const { rows } = await client.query<{ tenant: string }>(
        `select coalesce(current_setting('app.tenant_id', true), '') as tenant`,
      );
      expect(rows[0]!.tenant).to.equal('');
      client.release();
    }
    const { rows } = await portal.owner.query(
      `select 1 from pg_stat_activity where datname = current_database() and usename = 'app_rw' and state like '%in transaction%'`,
    );
    expect(rows).to.eql([]);
  });

  it('never read rows of the other tenant in 200 concurrent transactions, some of them failing', async () => {
    let failed = 0;
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        runTransaction(tenants[NAMES[n % 2]!].id, n).catch(() => {
          failed += 1;
          return [];
        }),
      ),
    );
    const mixed = results.filter((ids, n) => ids.some((id) => id !== tenants[NAMES[n % 2]!].id));
    expect(mixed).to.eql([]);
    expect(results.flat().length).to.be.greaterThan(100);
    expect(failed).to.be.greaterThan(30);
  });

  /** Returns the tenant ids of the rows that were read. Two of the five kinds always fail, a third fails half of the time. */
  async function runTransaction(tenantId: string, n: number): Promise<string[]> {
    const { database } = portal;
    if (n % 5 === 0)
      return inTenant(database, tenantId, async (db) => {
        await db.from('users').update({ updated_at: new Date() });
        await db.raw('select 1/0');
        return [];
      });
    if (n % 5 === 1)
      return inTenant(database, tenantId, async (db) => {
        await db.from('users').select('id');
        throw new Error('aborted');
      });
    if (n % 5 === 2) return readPipelined(tenantId, n % 10 === 2);
    // Raw SQL without the tenant predicate of the query builder: row level security is the only filter.
    const all = await inTenant(
      database,
      tenantId,
      async (db) => (await db.raw('select tenant_id from users')) as { rows: unknown },
    );
    return tenantIds(all.rows);
  }

  async function readPipelined(tenantId: string, fails: boolean): Promise<string[]> {
    const [, people] = await readTenant(portal.database, tenantId, (db) => [
      db.raw('select 1'),
      db.from('users').select('tenant_id'),
      ...(fails ? [db.raw('select 1/0') as never] : []),
    ]);
    return tenantIds(people);
  }

  async function sendRequest(name: Name, n: number): Promise<RequestResult> {
    const path = PATHS[n % PATHS.length]!;
    const visitors = path.startsWith('/account') ? customers[name] : staff[name];
    const visitor = visitors[Math.floor(n / 12) % visitors.length]!;
    const abortAfterMs = n % 3 === 0 ? (n * 7) % 120 : undefined;
    return get(portal.port, visitor, path, abortAfterMs);
  }
});

function tenantIds(rows: unknown): string[] {
  return (rows as { tenant_id: string }[]).map((row) => row.tenant_id);
}

function addToSummary(summary: Summary, name: Name, result: RequestResult): void {
  if (result.status === 'aborted') {
    summary.aborted += 1;
    return;
  }
  const { status, text } = result;
  summary.statuses[status] = (summary.statuses[status] ?? 0) + 1;
  const other = name === 'Alpha' ? 'Omega' : 'Alpha';
  if (text.includes(other)) summary.pagesWithForeignNames.push(text.slice(0, 2000));
  // These names are not part of the layout: only a row can contain them.
  if (status === 200 && /(Alpha|Omega)(son| Works)/.test(text)) summary.pagesWithOwnRows += 1;
}

/** A GET on its own connection, which is destroyed after `abortAfterMs`. */
function get(
  port: number,
  visitor: Visitor,
  path: string,
  abortAfterMs: number | undefined,
): Promise<RequestResult> {
  return new Promise((resolve) => {
    const headers = {
      Host: visitor.host,
      Cookie: visitor.cookies.header(),
      'X-Forwarded-For': visitor.address,
    };
    const request = http.get({ port, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
      response.on('error', () => resolve({ status: 'aborted' }));
    });
    request.on('error', () => resolve({ status: 'aborted' }));
    if (abortAfterMs !== undefined) setTimeout(() => request.destroy(), abortAfterMs);
  });
}
