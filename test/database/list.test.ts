import { expect } from 'chai';
import { pick, selectRows } from '../../src/database/columns.ts';
import { inTenant, readTenant, type AnyRead } from '../../src/database/in-tenant.ts';
import { dateRange, manyOf } from '../../src/database/list-filters.ts';
import { list } from '../../src/database/list.ts';
import { newId } from '../../src/database/new-id.ts';
import { MAX_COUNT, MAX_SEARCH_RESULTS, type Order, type PagePosition } from '../../src/database/paginate.ts';
import type { Params } from '../../src/database/parse-list.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import { memberList } from '../../src/domain/membership/membership-list.ts';
import { userList, type ListedUser, type UserQuery } from '../../src/domain/user/user-list.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { countRowsRead, readAsTenant } from '../support/rows-read.ts';

const USERS = 5000;

describe('List', function () {
  this.timeout(60_000);
  let portal: OwnPortal;
  let tenant: TestTenant;
  let statements: number;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    await insertUsers();
  });
  after(() => portal.close());

  const read = <const Reads extends readonly AnyRead[]>(build: (db: TenantDb) => Reads) =>
    readTenant(portal.database, tenant.id, build);
  const countedRead: typeof read = (build) => {
    statements += 1;
    return read(build);
  };

  async function insertUsers(): Promise<void> {
    const states = ['no_access', 'invited', 'bounced', 'active', 'active'] as const;
    const rows = Array.from({ length: USERS }, (_, n) => {
      const name = `customer ${(n * 7919) % 100}`;
      const email = `c${n}@example.com`;
      const status = n <= MAX_COUNT ? ('disabled' as const) : ('enabled' as const);
      return {
        id: newId(),
        audience: 'customer' as const,
        name,
        email,
        status,
        access: states[n % states.length]!,
      };
    });
    await inTenant(portal.database, tenant.id, async (db) => {
      for (let start = 0; start < USERS; start += 1000) {
        const batch = rows.slice(start, start + 1000);
        await db.insertInto(
          'users',
          batch.map((row) => ({
            ...row,
            name_norm: row.name,
            email_norm: row.email,
            email_order: row.email,
            search_text: `${row.name} ${row.email}`,
          })),
        );
      }
    });
  }

  async function readPages(query: UserQuery): Promise<ListedUser[]> {
    const all: ListedUser[] = [];
    let place: PagePosition | null = null;
    do {
      const at: PagePosition | null = place;
      const [fetched] = await read((db) => [userList.rows(db, query, at)]);
      const { rows, next } = userList.page(fetched, query, at);
      all.push(...rows);
      place = next && { side: 'after', values: next };
    } while (place);
    return all;
  }

  async function collect<Item>(batches: AsyncIterable<Item[]>): Promise<Item[]> {
    const all: Item[] = [];
    for await (const batch of batches) {
      expect(batch.length).to.be.within(1, 500);
      all.push(...batch);
    }
    return all;
  }

  for (const sort of ['-created', 'name', '-email']) {
    it(`streams the rows and ids of all pages in batches, sorted by ${sort}`, async () => {
      const { query } = userList.parse({ sort });
      const pages = await readPages(query);
      expect(new Set(pages.map(({ id }) => id)).size).to.equal(USERS);
      statements = 0;
      expect(await collect(userList.stream(countedRead, query))).to.eql(pages);
      expect(statements).to.equal(USERS / 500);
      expect(await collect(userList.ids(read, query))).to.eql(pages.map(({ id }) => id));
    });
  }

  it('reads a batch only when the previous one has been consumed', async () => {
    statements = 0;
    const batches = userList.ids(countedRead, userList.parse({}).query);
    await batches.next();
    expect(statements).to.equal(1);
    await batches.return(undefined);
    expect(statements).to.equal(1);
  });

  it('returns no batch when no row matches', async () => {
    const { query } = userList.parse({ access: 'revoked' });
    expect(await collect(userList.stream(read, query))).to.eql([]);
    expect(await collect(userList.ids(read, query))).to.eql([]);
  });

  it('returns the same rows for a query that was stored as JSON', async () => {
    const { query } = userList.parse({ q: 'customer 1', access: ['invited', 'bounced'], sort: 'name' });
    const stored = JSON.parse(JSON.stringify(query)) as UserQuery;
    const rows = await readPages(query);
    expect(rows).to.not.eql([]);
    expect(await readPages(stored)).to.eql(rows);
    expect(await collect(userList.ids(read, stored))).to.eql(rows.map(({ id }) => id));
  });

  it('finds the rows of each value of a multiple filter', async () => {
    const count = async (access: string[]) =>
      (await collect(userList.ids(read, userList.parse({ access }).query))).length;
    expect(await count(['invited'])).to.equal(USERS / 5);
    expect(await count(['invited', 'active'])).to.equal((3 * USERS) / 5);
    expect(await count(['expired'])).to.equal(0);
    expect(await count(['expired', 'bounced'])).to.equal(USERS / 5);
  });

  it('combines a multiple filter with the other conditions', async () => {
    const company = await createCompany(portal, tenant);
    const ada = await createCustomer(portal, tenant, { company, access: 'revoked' });
    const { query } = userList.parse({ company: company.id, access: ['invited', 'revoked'] });
    expect((await readPages(query)).map(({ id }) => id)).to.eql([ada.id]);
    const active = userList.parse({ company: company.id, access: ['invited', 'active'] });
    expect(await readPages(active.query)).to.eql([]);
    await inTenant(portal.database, tenant.id, (db) => db.from('memberships').delete());
    await inTenant(portal.database, tenant.id, (db) => db.from('users').where({ id: ada.id }).delete());
  });

  describe('counted()', () => {
    /** The parameters, by the number of users that match. */
    const queries: [count: number, params: Params][] = [
      [0, { access: 'revoked' }],
      [0, { q: 'zzz' }],
      [1, { q: 'c4999@' }],
      [22, { q: 'c49', access: 'invited' }],
      [MAX_SEARCH_RESULTS, { q: 'customer 1' }],
      [MAX_COUNT, { access: 'invited' }],
      [MAX_COUNT + 1, { status: 'disabled' }],
      [2 * MAX_COUNT, { access: 'active' }],
      [USERS, {}],
    ];

    for (const [count, params] of queries)
      for (const sort of ['created', '-created', 'name', '-name', 'email', '-email'])
        it(`returns the rows of ${count} that match ${JSON.stringify(params)}, sorted by ${sort}`, async () => {
          const { query } = userList.parse({ ...params, sort });
          const all = await collect(userList.stream(read, query));
          for (const place of positionsOf(all, userList.order(query))) {
            const [rows, counted] = await read((db) => [
              userList.rows(db, query, place),
              userList.counted(db, query, place),
            ]);
            expect(counted.rows, JSON.stringify(place)).to.eql(rows);
            expect(counted.count).to.equal(Math.min(count, MAX_COUNT + 1));
          }
        });

    it('returns the rows of a search whose ids have many rows each', async () => {
      const busy = await createTenant(portal);
      const { id } = await createCustomer(portal, busy, { first_name: 'Busy' });
      await portal.owner.query(
        `insert into audit_events (tenant_id, at, id, event, actor_kind, actor_id, actor_digest, target_digest)
         select $1, now() - n * interval '1 second', md5(n::text)::uuid, 'user.logged_in', 'customer', $2, '', ''
         from generate_series(1, $3::int) n`,
        [busy.id, id, MAX_COUNT + 100],
      );
      const { query } = auditList.parse({ q: 'busy' });
      const [rows, counted] = await readTenant(portal.database, busy.id, (db) => [
        auditList.rows(db, query),
        auditList.counted(db, query),
      ]);
      expect(rows).to.have.length(26);
      expect(counted).to.eql({ rows, count: MAX_COUNT + 1, found: 1 });
    });

    it('returns the rows of a required filter only', async () => {
      const shared = await createTenant(portal);
      const [company, other] = [await createCompany(portal, shared), await createCompany(portal, shared)];
      const { id } = await createCustomer(portal, shared, { company });
      await inTenant(portal.database, shared.id, (db) =>
        db.insertInto('memberships', { company_id: other.id, user_id: id }),
      );
      const { query } = memberList.parse({}, { within: { company: company.id } });
      const [{ rows }] = await readTenant(portal.database, shared.id, (db) => [
        memberList.counted(db, query),
      ]);
      expect(rows.map((row) => row.id)).to.eql([id]);
    });
  });

  it('matches the ids of a search without columns, order and limit', async () => {
    const { query } = userList.parse({ q: 'c499', access: 'invited' });
    const rows = await inTenant(portal.database, tenant.id, (db) =>
      selectRows(userList.matching(db, query), pick('users as u', 'id')),
    );
    const ids = await collect(userList.ids(read, query));
    expect(ids).to.have.length.within(1, 10);
    expect(rows.map(({ id }) => id)).to.have.members(ids);
  });

  it('counts at most one row more than MAX_COUNT', async () => {
    const countOf = async (params: object) => {
      const { query } = userList.parse({ ...params });
      const [{ count }] = await readTenant(portal.database, tenant.id, (db) => [userList.counted(db, query)]);
      return count;
    };
    expect(await countOf({})).to.equal(MAX_COUNT + 1);
    expect(await countOf({ q: 'c4999@' })).to.equal(1);
  });

  it('reads few users for the counted first page with a plan for all tenants', async () => {
    await portal.owner.query('analyze users');
    for (const sort of ['created', '-created', 'name', '-email']) {
      const { query } = userList.parse({ sort });
      const counted = userList.counted(new TenantDb(portal.database.knex, tenant.id), query);
      const { sql, bindings } = counted.toSQL().toNative();
      expect(sql).not.to.match(/limit \$/);
      const read = await readAsTenant(portal, tenant.id, async (client) => {
        await client.query('set local plan_cache_mode = force_generic_plan');
        const statement = { name: `first page by ${sort}`, text: sql, values: [...bindings] };
        return countRowsRead(client, 'users', () => client.query(statement));
      });
      expect(read, sort).to.be.within(1, MAX_COUNT + 100);
    }
  });

  it('compiles the counted first page once for all tenants, each with its own id', () => {
    const { query } = userList.parse({ sort: 'email' });
    const compile = (from: typeof userList, tenantId: string) =>
      from.counted(new TenantDb(portal.database.knex, tenantId), query).toSQL().toNative();
    for (const tenantId of [tenant.id, newId(), tenant.id]) {
      const uncompiled = list(userList.declaration) as unknown as typeof userList;
      expect(compile(userList, tenantId)).to.eql(compile(uncompiled, tenantId));
      expect(compile(userList, tenantId).bindings).to.include(tenantId);
    }
  });

  it('does not read all rows in the order of names when none meets two filters', async () => {
    const skewed = await createTenant(portal);
    await portal.owner.query(
      `insert into users (tenant_id, id, audience, status, access, name_norm, email, email_norm, search_text)
       select $1, md5(n::text)::uuid, 'customer', case when n % 5 = 0 then 'disabled' else 'enabled' end,
         case when n % 5 = 1 then 'bounced' else 'active' end, 'user ' || n, n::text, n::text, ''
       from generate_series(1, 20000) n`,
      [skewed.id],
    );
    await portal.owner.query('analyze users');
    const { query } = userList.parse({ status: 'disabled', access: 'bounced', sort: 'name' });
    const counted = userList.counted(new TenantDb(portal.database.knex, skewed.id), query);
    const { sql, bindings } = counted.toSQL().toNative();
    const read = await readAsTenant(portal, skewed.id, (client) =>
      countRowsRead(client, 'users', () => client.query(sql, [...bindings])),
    );
    expect(read).to.be.within(1, 5000);
  });

  it('includes the first and the last day of a date range in its time zone', async () => {
    const zoned = await createTenant(portal);
    const times = ['2026-03-09T10:59Z', '2026-03-09T11:01Z', '2026-03-10T10:59Z', '2026-03-10T11:01Z'];
    for (const time of times) {
      const created_at = new Date(time);
      const { id } = await createCustomer(portal, zoned);
      await inTenant(portal.database, zoned.id, (db) =>
        db.from('users').where({ id }).update({ created_at }),
      );
    }
    const { query } = datedUsers.parse(
      { from: '2026-03-10', to: '2026-03-10' },
      { time_zone: 'Pacific/Auckland' },
    );
    const [rows] = await readTenant(portal.database, zoned.id, (db) => [datedUsers.rows(db, query)]);
    expect(rows.map(({ created_at }) => created_at.toISOString().slice(0, 16))).to.eql([
      '2026-03-09T11:01',
      '2026-03-10T10:59',
    ]);
  });

  it('finds the rows of several values of a column', async () => {
    const { query } = datedUsers.parse({ access: ['invited', 'bounced'] });
    const ids = await collect(datedUsers.ids(read, query));
    expect(ids).to.have.length((2 * USERS) / 5);
  });

  it('finds the selected rows of the tenant, in place of the filters', async () => {
    const [first, second] = await readPages(userList.parse({ sort: 'name' }).query);
    const foreign = await createCustomer(portal, await createTenant(portal));
    const { query } = userList.parse({ sort: '-name' });
    const chosen = { ...query, ids: [first!.id, foreign.id, second!.id] };
    expect(await collect(userList.ids(read, chosen))).to.eql([second!.id, first!.id]);
    expect(await collect(userList.ids(read, { ...query, ids: [] }))).to.eql([]);
    const [{ rows, count }] = await read((db) => [userList.counted(db, chosen)]);
    expect([rows.length, count]).to.eql([2, 2]);
  });

  it('finds the selected rows of a table with partitions', async () => {
    const all = await collect(auditList.ids(read, auditList.parse({}).query));
    const chosen = { ...auditList.parse({}).query, ids: [all.at(-1)!] };
    expect(await collect(auditList.ids(read, chosen))).to.eql([all.at(-1)]);
  });

  it('throws for a stored query that the list can no longer run', () => {
    const { query } = userList.parse({ access: 'invited' });
    const run = (changes: object) => () =>
      inTenant(portal.database, tenant.id, async (db) =>
        userList.matching(db, { ...query, ...changes } as UserQuery).select('u.id'),
      );
    const refused: object[] = [
      { filters: { label: 'vip' } },
      { filters: { access: ['retired'] } },
      { filters: { access: [] } },
      { filters: { constructor: 'x' } },
      { filters: { status: ['enabled', 'disabled'] } },
      { filters: { status: [] } },
      { within: { tenant: newId() } },
    ];
    return Promise.all([
      ...refused.map((changes) => expectError(run(changes), /has no filter/)),
      ...[
        { q: 7 },
        { q: undefined },
        { q: ' ada' },
        { q: 'a\0da' },
        { q: 'x'.repeat(2001) },
        { sort: 7 },
        { time_zone: 'Moon/Sea' },
        { time_zone: undefined },
        { ids: ['x'] },
        { ids: 7 },
      ].map((changes) => expectError(run(changes), /A stored query has an invalid (q|sort|time_zone|ids)/)),
      expectError(
        () => read((db) => [userList.rows(db, { ...query, sort: 'phone' })]),
        /invalid sort: "phone"/,
      ),
      run({})(),
    ]);
  });

  it('throws when a required filter has no value', () =>
    expectError(
      () => read((db) => [memberList.rows(db, memberList.parse({}).query)]),
      /has no filter company/,
    ));

  it('reads no row of another tenant', async () => {
    const other = await createTenant(portal);
    await createCompany(portal, other);
    expect(await collect(companyList.ids(read, companyList.parse({}).query))).to.have.length(1);
  });
});

/** Of the first and last pages, of a page between them and of no rows. */
function positionsOf(rows: readonly ListedUser[], { fields }: Order): (PagePosition | null)[] {
  const indexes = new Set([0, 1, 24, 25, 26, Math.floor(rows.length / 2), rows.length - 26, rows.length - 1]);
  const shown = [...indexes].flatMap((index) => rows[index] ?? []);
  const valuesOf = (row: ListedUser) => fields.map((field) => row[field as keyof ListedUser] as string);
  const sides = ['after', 'before'] as const;
  return [null, ...sides.flatMap((side) => shown.map((row) => ({ side, values: valuesOf(row) })))];
}

const datedUsers = list({
  from: 'users as u',
  where: { 'u.audience': 'customer' },
  columns: () => pick('users as u', 'id', 'created_at'),
  orders: { created: { columns: ['u.id'], fields: ['id'] } },
  defaultSort: 'created',
  filters: {
    access: manyOf(['no_access', 'invited', 'bounced', 'active'], 'u.access'),
    ...dateRange('u.created_at'),
  },
});

async function expectError(run: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error: unknown = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(String(error)).to.match(message);
}
