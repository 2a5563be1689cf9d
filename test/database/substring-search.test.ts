import { expect } from 'chai';
import type pg from 'pg';
import { timePart, type ImportTime } from '../../bench/support/fill-large-tenant.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { countRowsRead, readAsTenant } from '../support/rows-read.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

const ROWS = 60_000;
const MAX_RESULTS = 200;

/** The newest ones and those of the samples. */
const SAMPLED_ROWS = 2_000;

/** By which the rows read may exceed the sampled ones for the oldest id and the results. */
const FEW_ROWS = 250;

/** When the rows are imported, and how many are read for a term that a third of them match. */
const distributions: Record<string, { imported?: ImportTime; limit: number }> = {
  'created evenly over a year': { limit: SAMPLED_ROWS + 1_000 },
  'imported first, and few in the year after': { imported: 0, limit: SAMPLED_ROWS + 2_000 },
  // The samples miss the import, and the search stops reading by the index at 20,000 rows.
  'imported within the year': { imported: 0.5, limit: SAMPLED_ROWS + 22_000 },
  'imported last, and few in the year before': { imported: 1, limit: SAMPLED_ROWS + 1_000 },
};

interface SearchedUser {
  id: string;
  search_text: string;
}

for (const [distribution, { imported, limit }] of Object.entries(distributions))
  describe(`search_users among ${ROWS} users ${distribution}`, () => testSearch(imported, limit));

function testSearch(imported: ImportTime | undefined, frequentLimit: number): void {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async function () {
    this.timeout(120_000);
    portal = await startPortal();
    tenant = await createTenant(portal);
    await insertUsers(portal.owner, tenant.id, imported);
  });
  after(() => portal.close());

  const search = (client: pg.ClientBase, term: string) =>
    client.query<{ id: string }>('select search_users($1, $2, $3) as id', [tenant.id, term, MAX_RESULTS]);

  const findNewest = (newestFirst: readonly SearchedUser[], term: string) => {
    const parts = term.split(' ').map((word) => (word.length < 3 ? ` ${word}` : word));
    const found = newestFirst.filter(({ search_text }) => parts.every((part) => search_text.includes(part)));
    return found.slice(0, MAX_RESULTS).map(({ id }) => ({ id }));
  };

  it('returns the newest rows that contain each word of the term', async () => {
    const { rows: samples } = await portal.owner.query<{ term: string }>(
      `select btrim(substr(search_text, 1 + (n % 20)::int, 3 + (n % 30)::int)) as term
       from (select search_text, row_number() over (order by md5(id::text)) as n from users where tenant_id = $1) u
       where n <= 20 and btrim(substr(search_text, 1 + (n % 20)::int, 3 + (n % 30)::int)) <> ''`,
      [tenant.id],
    );
    const terms = [
      'example.com',
      'zzz',
      'rare',
      '+15550',
      '%20',
      'a_b',
      'c\\d',
      '---',
      'a--',
      'user 7',
      '7 user',
      'rare user 3',
      'us',
      '60',
      '6',
      'zq',
      'corp1 user',
      'example.com rare',
      'r',
      '王小',
      '王',
      '小明',
      '明',
      'user 王',
      'محمد',
      'مح',
      'oldcorp',
      'midcorp',
    ];
    const addresses = [
      'user77@example.com',
      'xuser77@example.com',
      '7@example.com',
      '+1555000007777',
      '55000007777',
    ];
    const { rows: newestFirst } = await portal.owner.query<SearchedUser>(
      'select id, search_text from users where tenant_id = $1 order by id desc',
      [tenant.id],
    );
    for (const term of [...terms, ...addresses, ...samples.map((sample) => sample.term)]) {
      const { rows } = await readAsTenant(portal, tenant.id, (client) => search(client, term));
      expect(rows, term).to.eql(findNewest(newestFirst, term));
    }
  });

  for (const [term, kind, limit] of [
    ['zzz', 'no row', SAMPLED_ROWS],
    ['rare', 'few rows', SAMPLED_ROWS],
    ['user77@example.com', 'the address of one user', SAMPLED_ROWS],
    ['oldcorp', 'the oldest 190 rows', SAMPLED_ROWS + 20_000],
    ['---', 'few rows and has no letters', ROWS],
    ['王小', 'few rows and has two characters', SAMPLED_ROWS],
    ['rare example.com', 'few rows by one of its words', SAMPLED_ROWS],
    ['midcorp', 'a third of the rows except the oldest and the newest', frequentLimit],
    ['example.com', 'every row', 1_000],
  ] as const) {
    it(`reads at most ${limit} rows for a term that matches ${kind}`, async () => {
      const read = await readAsTenant(portal, tenant.id, (client) =>
        countRowsRead(client, 'users', () => search(client, term)),
      );
      expect(read).to.be.within(1, limit + FEW_ROWS);
    });
  }
}

/** Without the index of the search, which is built faster when they exist. */
async function insertUsers(
  owner: pg.Pool,
  tenantId: string,
  imported: ImportTime | undefined,
): Promise<void> {
  const { rows: indexes } = await owner.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'users_search'`,
  );
  await owner.query('drop index users_search');
  const part = timePart('n::numeric / $2', { months: 12, imported });
  await owner.query(
    `insert into users (tenant_id, id, audience, name, name_norm, email, email_norm, search_text)
     select $1, overlay(overlay(lpad(to_hex(1700000000000 + floor(31536000000 * (${part}))::bigint), 12, '0')
         || substr(md5(n::text), 1, 20) placing '7' from 13) placing '8' from 17)::uuid,
       'customer', 'User', 'user', n || '@x.example', n || '@x.example', ' user ' || n || ' user' || n || '@example.com'
       || case when n % 2 = 0 then ' +1555' || lpad(n::text, 9, '0') else '' end
       || case when n % 30000 = 0 then ' rare 100%20a_b c\\d ---a-- 王小明 محمد' else '' end
       || case when n <= 190 then ' oldcorp' else '' end
       || case when n % 3 = 0 and n between $2 / 4 and $2 - 1500 then ' midcorp' else '' end
     from generate_series(1, $2::int) n`,
    [tenantId, ROWS],
  );
  await owner.query(indexes[0]!.indexdef);
  await owner.query('vacuum (analyze) users');
}
