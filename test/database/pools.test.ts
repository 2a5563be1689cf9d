import { expect } from 'chai';
import { openDatabase, type Database, withClient } from '../../src/database/pools.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('Connection pools', () => {
  let test: TestDatabase;
  let database: Database;

  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform, size: 2 });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  it('share connections between knex and plain queries', async () => {
    expect(await database.knex('tenants').select()).to.deep.equal([]);
    expect((await database.app.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    expect(database.app.totalCount).to.equal(1);
  });

  it('recover after the server terminates their connections', async () => {
    const held = await database.app.connect();
    const running = held.query('select pg_sleep(5)').catch((error: Error) => error.message);
    await withClient(test.urls.superuser, (client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid()`),
    );
    expect(await running).to.contain('terminating connection');
    held.release(true);

    expect((await database.app.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    expect(await database.platformKnex('tenants').select()).to.deep.equal([]);
  });

  it('refuse a query after waiting 2 seconds for a free connection', async () => {
    const held = await Promise.all([database.app.connect(), database.app.connect()]);
    const began = Date.now();
    const refusal = await database.app.query('select 1').catch((error: Error) => error.message);
    expect(refusal).to.contain('timeout exceeded');
    expect(Date.now() - began).to.be.within(1_900, 3_500);
    for (const client of held) client.release();
  });
});
