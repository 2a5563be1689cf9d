import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { openDatabase, type Database, withClient } from '../../src/database/pools.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ask, preparePortalProcesses, untilReady, type PortalProcesses } from '../support/portal-process.ts';

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

describe('DATABASE_POOL', () => {
  let test: TestDatabase;
  let processes: PortalProcesses;

  beforeEach(async () => {
    test = await createTestDatabase();
    processes = await preparePortalProcesses(test);
  });
  afterEach(async () => {
    processes.kill();
    await test.drop();
  });

  for (const [value, connections] of [
    ['3', 3],
    ['', 10],
  ] as const) {
    it(`limits parallel requests to ${connections} connections when it is "${value}"`, async () => {
      processes.start({ DATABASE_POOL: value, RUN: 'web' });
      await untilReady(processes.port);
      const most = await withClient(test.urls.superuser, async (client) => {
        // The requests wait for this lock while they look up their tenant.
        await client.query('begin; lock table app.tenants');
        const hosts = Array.from({ length: 30 }, (_, n) => `tenant-${n}.portal.example`);
        const requests = Promise.all(hosts.map((host) => ask(processes.port, '/account', host)));
        const count = await mostConnections(client);
        await client.query('rollback');
        await requests;
        return count;
      });
      expect(most).to.equal(connections);
    });
  }

  it('sets the size of both pools', async () => {
    for (const [size, platform] of [
      [2, 2],
      [10, 4],
      [30, 10],
    ] as const) {
      const opened = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform, size });
      expect([opened.app.options.max, opened.platform.options.max]).to.deep.equal([size, platform]);
      await opened.close();
    }
  });
});

/** The highest number of connections of the app role within a second and a half. */
async function mostConnections(client: pg.Client): Promise<number> {
  let most = 0;
  for (const end = Date.now() + 1_500; Date.now() < end; await delay(100)) {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and usename = 'app_rw'`,
    );
    most = Math.max(most, rows[0]!.count);
    // The statistics are otherwise the same during a whole transaction.
    await client.query('select pg_stat_clear_snapshot()');
  }
  return most;
}
