import { expect } from 'chai';
import http from 'node:http';
import { inTenant, readTenant } from '../../src/database/in-tenant.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';

/** The two tenants' words: whatever is theirs says so. */
const NAMES = ['Alpha', 'Omega'] as const;
type Name = (typeof NAMES)[number];

interface Seen {
  aborted: number;
  statuses: Record<string, number>;
  own: number;
  foreign: string[];
}

describe('two tenants at once, over a pool of two', () => {
  let portal: TestPortal;
  const tenants = {} as Record<Name, TestTenant>;
  const staff = {} as Record<Name, Visitor>;
  const customers = {} as Record<Name, Visitor>;

  before(async () => {
    portal = await startPortal({ poolSize: 2 });
    for (const name of NAMES) {
      const tenant = await createTenant(portal, { name: `${name} Storage` });
      const company = await createCompany(portal, tenant, { name: `${name} Works` });
      const person = { first_name: name, last_name: `${name}son` };
      customers[name] = await signIn(
        portal,
        tenant.account,
        await createCustomer(portal, tenant, { ...person, company }),
      );
      staff[name] = await signIn(portal, tenant.operations, await createStaff(portal, tenant, person));
      tenants[name] = tenant;
    }
  });
  after(() => portal.close());

  it('two hundred mixed requests, some of them given up half-way, never show a row of the other', async () => {
    const seen: Seen = { aborted: 0, statuses: {}, own: 0, foreign: [] };
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        oneRequest(NAMES[n % 2]!, n).then((answer) => note(seen, answer)),
      ),
    );
    expect(seen.foreign).to.eql([]);
    expect(seen.own, JSON.stringify(seen.statuses)).to.be.greaterThan(20);
    expect(seen.aborted).to.be.greaterThan(10);
    // Refused for want of a connection is an answer; an error is not.
    expect(Object.keys(seen.statuses).filter((status) => !['200', '303', '503'].includes(status))).to.eql([]);
  });

  it('afterwards both connections are free and nobody is in a transaction', async () => {
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

  it('two hundred mixed transactions, some of them failing, never see a row of the other', async () => {
    let failed = 0;
    const rows = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        oneTransaction(tenants[NAMES[n % 2]!].id, n).catch(() => {
          failed += 1;
          return [];
        }),
      ),
    );
    const mixedUp = rows.filter((mine, n) => mine.some((id) => id !== tenants[NAMES[n % 2]!].id));
    expect(mixedUp).to.eql([]);
    expect(rows.flat().length).to.be.greaterThan(100);
    expect(failed).to.be.greaterThan(30);
  });

  /** Ids of the tenants whose people were seen. */
  async function oneTransaction(tenantId: string, n: number): Promise<string[]> {
    const { database } = portal;
    const idsOf = (rows: unknown) => (rows as { tenant_id: string }[]).map((row) => row.tenant_id);
    if (n % 5 === 0)
      return inTenant(database, tenantId, async (db) => {
        await db.from('users').update({ updated_at: new Date() });
        await db.raw('select 1/0');
        return [];
      });
    if (n % 5 === 1)
      return inTenant(database, tenantId, async (db) => {
        await db.from('users').select('id');
        throw new Error('given up');
      });
    if (n % 5 === 2) {
      const reads = n % 10 === 2 ? [`select 1/0`] : [];
      const [, people] = await readTenant(database, tenantId, (db) => [
        db.raw('select 1'),
        db.from('users').select('tenant_id'),
        ...reads.map((sql) => db.raw(sql) as never),
      ]);
      return idsOf(people);
    }
    // No predicate of the builder's: row level security alone decides.
    const all = await inTenant(
      database,
      tenantId,
      async (db) => (await db.raw('select tenant_id from users')) as { rows: unknown },
    );
    return idsOf(all.rows);
  }

  async function oneRequest(name: Name, n: number): Promise<Answer & { name: Name }> {
    const paths = [
      '/users',
      '/customers/companies',
      '/account',
      '/account/profile',
      '/account/security',
      '/account/login',
    ];
    const path = paths[n % paths.length]!;
    const visitor = path.startsWith('/account') ? customers[name] : staff[name];
    // Every third gives up, at a moment that differs.
    const giveUpAfter = n % 3 === 0 ? (n * 7) % 120 : undefined;
    return { name, ...(await ask(portal.port, visitor, path, giveUpAfter)) };
  }
});

type Answer = { status: 'aborted' } | { status: number; text: string };

function note(seen: Seen, answer: Answer & { name: Name }): void {
  if (answer.status === 'aborted') return void (seen.aborted += 1);
  seen.statuses[answer.status] = (seen.statuses[answer.status] ?? 0) + 1;
  const other = answer.name === 'Alpha' ? 'Omega' : 'Alpha';
  if (answer.text.includes(other)) seen.foreign.push(answer.text.slice(0, 2000));
  // What only a row can have told.
  if (answer.status === 200 && /(Alpha|Omega)(son| Works)/.test(answer.text)) seen.own += 1;
}

/** Over a socket of its own, which is destroyed half-way when told so. */
function ask(port: number, visitor: Visitor, path: string, giveUpAfter: number | undefined): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = {
      Host: visitor.host,
      Cookie: visitor.cookies.header(),
      'X-Forwarded-For': visitor.address,
    };
    const request = http.get({ port, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode!, text }));
      answer.on('error', () => resolve({ status: 'aborted' }));
    });
    request.on('error', () => resolve({ status: 'aborted' }));
    if (giveUpAfter !== undefined) setTimeout(() => request.destroy(), giveUpAfter);
  });
}
