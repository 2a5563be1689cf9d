import { expect } from 'chai';
import type pg from 'pg';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { countRowsRead, readAsTenant } from '../support/rows-read.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

const ROWS = 20_000;
const MAX_RESULTS = 200;

/** Of the newest rows and of those at eighths of the time since the oldest row. */
const SAMPLED_ROWS = 3_000;

describe('search_users', function () {
  this.timeout(60_000);
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    await insertUsers(portal.owner, tenant.id);
  });
  after(() => portal.close());

  const search = (client: pg.ClientBase, term: string) =>
    client.query<{ id: string }>('select search_users($1, $2, $3) as id', [tenant.id, term, MAX_RESULTS]);

  const findNewest = async (term: string) => {
    const { rows } = await portal.owner.query<{ id: string }>(
      `select id from users where tenant_id = $1 and position($2 in search_text) > 0 order by id desc limit $3`,
      [tenant.id, term, MAX_RESULTS],
    );
    return rows;
  };

  it('returns the newest rows that contain the term', async () => {
    const { rows: samples } = await portal.owner.query<{ term: string }>(
      `select substr(search_text, 1 + (n % 20)::int, 3 + (n % 30)::int) as term
       from (select search_text, row_number() over (order by md5(id::text)) as n from users where tenant_id = $1) u
       where n <= 60 and length(substr(search_text, 1 + (n % 20)::int, 3 + (n % 30)::int)) > 2`,
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
      'oldest',
    ];
    const addresses = [
      'user77@example.com',
      'xuser77@example.com',
      '7@example.com',
      '+1555000007777',
      '55000007777',
    ];
    for (const term of [...terms, ...addresses, ...samples.map((sample) => sample.term)]) {
      const { rows } = await readAsTenant(portal, tenant.id, (client) => search(client, term));
      expect(rows, term).to.eql(await findNewest(term));
    }
  });

  for (const [term, kind, limit] of [
    ['zzz', 'no row', SAMPLED_ROWS],
    ['rare', 'few rows', SAMPLED_ROWS],
    ['user77@example.com', 'the address of one user', SAMPLED_ROWS],
    ['example.com', 'every row', 1_000],
  ] as const) {
    it(`reads at most ${limit} of ${ROWS} rows for a term that matches ${kind}`, async () => {
      const read = await readAsTenant(portal, tenant.id, (client) =>
        countRowsRead(client, 'users', () => search(client, term)),
      );
      // And a few for the oldest id and the results.
      expect(read).to.be.within(1, limit + 50);
    });
  }
});

async function insertUsers(owner: pg.Pool, tenantId: string): Promise<void> {
  await owner.query(
    `insert into users (tenant_id, id, audience, name, name_norm, email, email_norm, search_text)
     select $1, overlay(overlay(lpad(to_hex(1700000000000 + n * 1000), 12, '0') || substr(md5(n::text), 1, 20)
         placing '7' from 13) placing '8' from 17)::uuid,
       'customer', 'User', 'user', n || '@x.example', n || '@x.example', 'user ' || n || ' user' || n || '@example.com'
       || case when n % 2 = 0 then ' +1555' || lpad(n::text, 9, '0') else '' end
       || case when n % 5000 = 0 then ' rare 100%20a_b c\\d ---a--' else '' end
       || case when n < 5000 then ' oldest' else '' end
     from generate_series(1, $2::int) n`,
    [tenantId, ROWS],
  );
  await owner.query('vacuum (analyze) users');
}
