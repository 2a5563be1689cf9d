import { expect } from 'chai';
import { setImmediate as sent, setTimeout as delay } from 'node:timers/promises';
import { asPlatform } from '../../src/database/as-platform.ts';
import { limitSilence, setMaxSilence } from '../../src/database/lost-connections.ts';
import { openDatabase, withClient, type Database } from '../../src/database/pools.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const LIMIT_MS = 200;

describe('A connection with a limit on the silence of the server', () => {
  let test: TestDatabase;
  let database: Database;

  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform, size: 3 });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const codeOf = (running: Promise<unknown>) =>
    running.then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );

  it('fails every statement that was sent, and then every later one, when the server sends nothing', async () => {
    const client = await database.app.connect();
    setMaxSilence(client, LIMIT_MS);
    const began = performance.now();
    const statements = ['select pg_sleep(1)', 'select 1', 'commit'].map((text) => codeOf(client.query(text)));
    expect(await Promise.all(statements)).to.deep.equal(Array(3).fill('ETIMEDOUT'));
    expect(performance.now() - began).to.be.below(900);
    expect(await client.query('select 1').catch((error: Error) => error.message)).to.match(/not queryable/);
    client.release();
    expect(database.app.totalCount).to.equal(0);
  });

  it('closes the idle connections of both pools when another one is lost', async () => {
    const clients = await Promise.all([database.app.connect(), database.app.connect()]);
    await database.platform.query('select 1');
    clients[1].release();
    setMaxSilence(clients[0], LIMIT_MS);
    await codeOf(clients[0].query('select pg_sleep(1)'));
    clients[0].release();
    await delay(50);
    expect([database.app.totalCount, database.platform.totalCount]).to.deep.equal([0, 0]);
    expect((await database.app.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('stays open while no result is awaited, and while a slow event loop has not read the result', async () => {
    await withClient(test.urls.app, async (client) => {
      limitSilence(client, LIMIT_MS);
      await client.query('begin');
      await delay(2 * LIMIT_MS);
      const running = client.query('select 1 as one from pg_sleep(0.05)');
      await sent();
      for (const end = performance.now() + 2 * LIMIT_MS; performance.now() < end;);
      expect((await running).rows).to.deep.equal([{ one: 1 }]);
      await client.query('commit');
    });
  });

  it('stays open when a statement is sent at the moment at which the limit ends without one', async () => {
    const client = await database.app.connect();
    client.connection.stream.emit('timeout');
    const { rows } = await client.query('select 1 as one from pg_sleep(0.05)');
    client.release();
    expect(rows).to.deep.equal([{ one: 1 }]);
  });

  it('lets a statement of the platform take five seconds, and one of long work a minute', async () => {
    const timeout = (isLong: boolean) =>
      asPlatform(database, async (db) => (await db.raw<{ rows: unknown[] }>('show statement_timeout')).rows, {
        isLong,
      });
    expect(await timeout(false)).to.deep.equal([{ statement_timeout: '5s' }]);
    expect(await timeout(true)).to.deep.equal([{ statement_timeout: '1min' }]);
  });
});
