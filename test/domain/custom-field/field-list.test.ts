import { expect } from 'chai';
import { NESTED_LOOPS_ONLY } from '../../../src/database/in-tenant.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import type { Params } from '../../../src/database/parse-list.ts';
import { TenantDb } from '../../../src/database/tenant-db.ts';
import { listTenantFields, type CustomField } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { listWithFields } from '../../../src/domain/custom-field/field-list.ts';
import { userList } from '../../../src/domain/user/user-list.ts';
import { createCustomField, createTenant, type TestTenant } from '../../support/factories.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { countRowsRead, readAsTenant } from '../../support/rows-read.ts';

const USERS = 20_000;

/** The type, and SQL for the indexed value of the n-th user. */
const values = {
  sure: ['yes_no', "case when n % 2 = 0 then 'yes' else 'no' end"],
  rare: ['yes_no', "case when n % 10000 = 7 then 'yes' else 'no' end"],
  // Of the oldest users.
  early: ['yes_no', `case when n <= ${USERS / 10} then 'yes' else 'no' end`],
  // In the order of the ids.
  since: ['date', "(date '2020-01-01' + n::int)::text"],
  floor: ['number', "'1' || lpad((n % 1000)::text, 15, '0') || '000000'"],
  gate: ['text', "'north ' || md5(n::text)"],
  likes: ['choices', "substr('abc', 1 + (n % 3)::int, 1)"],
} as const;

describe('A list of many users with custom fields', function () {
  this.timeout(120_000);
  let portal: OwnPortal;
  let tenant: TestTenant;
  let fields: CustomField[];

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    await fill(tenant, USERS);
    await fill(await createTenant(portal), 2_000);
    await portal.owner.query('analyze users');
    await portal.owner.query('analyze custom_field_values_index');
    fields = await inTenant(portal.database, tenant.id, (db) => listTenantFields(db));
  });
  after(() => portal.close());

  async function fill({ id, ...others }: TestTenant, users: number): Promise<void> {
    await portal.owner.query(
      `insert into users (tenant_id, id, audience, status, access, name_norm, email, email_norm, email_order, search_text)
       select $1, (lpad(to_hex(1760000000000 + n), 12, '0') || '70008000' || right($1::uuid::text, 12))::uuid,
         'customer', 'enabled', 'active', md5(n::text), n::text, n::text, n::text, ''
       from generate_series(1, $2::int) n`,
      [id, users],
    );
    for (const [code, [type, value]] of Object.entries(values)) {
      const field = { code, type, choices: ['A', 'B', 'C'], is_searchable: true };
      const created = await createCustomField(portal, { id, ...others }, field);
      await portal.owner.query(
        `insert into custom_field_values_index (tenant_id, custom_field_id, value_norm, entity_id)
         select $1, $2, ${value}, id
         from (select id, row_number() over (order by id) n from users where tenant_id = $1) numbered`,
        [id, created.id],
      );
    }
  }

  /** The rows of users and of the index, and the found rows. */
  async function pageOf(params: Params) {
    const list = listWithFields(userList, fields);
    const { query, problems } = list.parse(params);
    expect(problems).to.eql([]);
    const statement = list.counted(new TenantDb(portal.database.knex, tenant.id), query).toSQL();
    const { hasJoinedFilters = false } = statement.options as { hasJoinedFilters?: boolean };
    const { sql, bindings } = statement.toNative();
    return readAsTenant(portal, tenant.id, async (client) => {
      const settings = hasJoinedFilters ? NESTED_LOOPS_ONLY : [];
      for (const setting of ['set local enable_seqscan = off', ...settings]) await client.query(setting);
      let count = 0;
      const run = async () => {
        const { rows } = await client.query<{ list_count: number }>(sql, [...bindings]);
        count = rows[0]!.list_count;
      };
      let users = 0;
      const index = await countRowsRead(client, 'custom_field_values_index', async () => {
        users = await countRowsRead(client, 'users', run);
      });
      return { read: users + index, count };
    });
  }

  const pages: [params: Params, most: number, count: number][] = [
    [{ 'cf.sure': 'yes' }, 2_500, 1001],
    [{ 'cf.sure': 'yes', sort: 'name' }, 2_500, 1001],
    [{ 'cf.rare': 'yes' }, 20, 2],
    [{ 'cf.rare': 'yes', sort: 'name' }, 20, 2],
    [{ 'cf.early': 'yes' }, 2_500, 1001],
    [{ 'cf.early': 'yes', sort: '-email' }, 5_000, 1001],
    [{ 'cf.since': '..2025-01-01' }, 2_500, 1001],
    [{ 'cf.since': '..2025-01-01', 'cf.sure': 'yes' }, 6_000, 913],
    [{ 'cf.since': '..2025-01-01', sort: 'name' }, 5_000, 1001],
    [{ 'cf.floor': '5' }, 100, 20],
    [{ 'cf.floor': '5..900', sort: 'name' }, 2_500, 1001],
    [{ 'cf.gate': 'north', sort: 'name' }, 2_500, 1001],
    [{ 'cf.gate': 'north 00ab' }, 20, 0],
    [{ 'cf.likes': ['A', 'B'] }, 4_000, 1001],
    [{ 'cf.likes': ['A', 'B'], sort: 'name' }, 4_000, 1001],
    [{ 'cf.sure': 'yes', 'cf.rare': 'yes' }, 50, 0],
    [{ 'cf.sure': 'no', 'cf.rare': 'yes', sort: 'name' }, 50, 2],
    [{ 'cf.sure': 'yes', 'cf.likes': 'A', sort: 'name' }, 8_000, 1001],
    [{ 'cf.sure': 'yes', status: 'disabled' }, 20, 0],
    // The search needs scans that are turned off for filters alone.
    [{ 'cf.sure': 'yes', q: 'zzz' }, 3_200, 0],
    [{ 'cf.rare': 'yes', q: 'ada an' }, 2_500, 0],
  ];
  for (const [params, most, count] of pages)
    it(`reads at most ${most} rows for ${JSON.stringify(params)}`, async () => {
      const page = await pageOf(params);
      expect(page.count).to.equal(count);
      expect(page.read).to.be.at.most(most);
    });

  it('has one text for the first page of all tenants, and another with the values', () => {
    const textOf = (withValues: boolean) => {
      const list = listWithFields(userList, fields, { withValues });
      return list
        .counted(new TenantDb(portal.database.knex, tenant.id), list.parse({}).query)
        .toSQL()
        .toNative();
    };
    const { query } = userList.parse({});
    const plain = userList.counted(new TenantDb(portal.database.knex, tenant.id), query).toSQL().toNative();
    expect(textOf(false)).to.eql(plain);
    expect(textOf(true).sql).to.include('u.custom').and.not.equal(plain.sql);
  });
});
