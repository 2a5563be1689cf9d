import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type DatabaseUrls,
  type EmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.ts';
import { findPostmaster, isAlive } from '../../src/embedded-postgres/postmaster.ts';
import { withClient } from '../../src/database/pools.ts';
import { bundle } from '../support/bundle.ts';

describe('startEmbeddedPostgres', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-test-embedded-'));
  const clusterDir = join(dataDir, 'pg18');
  const otherDir = `${dataDir}-other`;
  const running: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of running.splice(0).toReversed()) await end();
    for (const folder of [dataDir, otherDir]) await until(() => !findPostmaster(join(folder, 'pg18')));
    rmSync(otherDir, { recursive: true, force: true, maxRetries: 5 });
  });
  after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));

  async function start(options: { isPortal?: boolean; dataDir?: string } = {}): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, ...options });
    running.push(() => server.stop());
    return server;
  }

  it('listens only on the loopback address and requires a password', async () => {
    const { urls } = await start();
    expect(await query(urls.superuser, 'show listen_addresses')).to.eql([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(join(dataDir, 'database-passwords.json')).mode & 0o777).to.equal(0o600);

    const wrong = urls.superuser.replace(/:\w+@/, ':x@');
    const error = await query(wrong, 'select 1').catch((cause: Error) => cause.message);
    expect(error).to.contain('password authentication failed');
  });

  it('returns a stop method that ends the started server', async () => {
    const server = await start();
    expect(await findRunningPostgres(dataDir)).to.eql(server.urls);
    await server.stop();
    expect(await findRunningPostgres(dataDir)).to.equal(undefined);
  });

  it('joins a running server and leaves it running', async () => {
    const first = await start({ isPortal: true });
    const second = await start();
    expect(second.urls).to.eql(first.urls);
    await second.stop();
    expect(await findRunningPostgres(dataDir)).to.eql(first.urls);
  });

  it("restarts the portal's server with the committed rows after each kill -9", async () => {
    const { urls } = await start({ isPortal: true });
    await query(urls.superuser, 'create table kept (n int); insert into kept values (7)');
    for (let time = 1; time <= 2; time++) {
      const { pid } = findPostmaster(clusterDir)!;
      process.kill(pid, 'SIGKILL');
      await until(() => isReadyAgain(pid));
      expect(await query(urls.superuser, 'select n from kept')).to.eql([{ n: 7 }]);
    }
  });

  it('does not restart a killed server after the portal has stopped', async () => {
    const server = await start({ isPortal: true });
    process.kill(findPostmaster(clusterDir)!.pid, 'SIGKILL');
    await server.stop();
    await pause(500);
    expect(findPostmaster(clusterDir)).to.equal(undefined);
  });

  it('stops the server when its parent process is killed', async () => {
    const command = await startInProcess(dataDir);
    const { pid } = findPostmaster(clusterDir)!;
    command.kill();
    await until(() => !isAlive(pid));
  });

  it("starts the portal's own server when a command's server has ended", async () => {
    const command = await startInProcess(dataDir);
    const { pid } = findPostmaster(clusterDir)!;
    setTimeout(command.kill, 300);
    await start({ isPortal: true });
    expect(findPostmaster(clusterDir)!.pid).to.not.equal(pid);
  });

  it('starts when postmaster.pid names a process of another program', async () => {
    const other = spawn('sleep', ['60']);
    running.push(() => other.kill());
    const content = `${other.pid}\n${clusterDir}\n1700000000\n5432\n\n127.0.0.1\n`;
    writeFileSync(join(clusterDir, 'postmaster.pid'), content);
    expect(await findRunningPostgres(dataDir)).to.equal(undefined);

    const { urls } = await start();
    expect(await query(urls.superuser, 'select 1 as one')).to.eql([{ one: 1 }]);
  });

  it('starts a separate server for each data folder', async () => {
    const [one, other] = await Promise.all([start(), start({ dataDir: otherDir })]);
    expect(one.urls.app).to.not.equal(other.urls.app);
  });

  it('creates one cluster when two processes start concurrently on an empty folder', async () => {
    mkdirSync(join(otherDir, 'pg18.unfinished'), { recursive: true });
    const [one, other] = await Promise.all([startInProcess(otherDir), startInProcess(otherDir)]);
    expect(one.urls).to.eql(other.urls);
    expect(await query(one.urls.superuser, 'select 1 as one')).to.eql([{ one: 1 }]);
    expect(existsSync(join(otherDir, 'pg18.unfinished'))).to.equal(false);
  });

  it("throws with the server's log when the server does not start", async () => {
    const error = await startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } }).then(
      () => 'it started',
      (cause: Error) => cause.message,
    );
    expect(error).to.contain('invalid value for parameter "shared_buffers"');
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).to.contain('plenty');
  });

  function isReadyAgain(killed: number): boolean {
    const postmaster = findPostmaster(clusterDir);
    return postmaster !== undefined && postmaster.pid !== killed && postmaster.isReady;
  }

  /** A process that starts or joins the server of the folder, as a command does, until it is killed. */
  async function startInProcess(folder: string): Promise<{ urls: DatabaseUrls; kill: () => void }> {
    const program = await bundle('test/support/start-postgres.ts');
    const child = spawn(process.execPath, [program, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    running.push(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([text]) => text as string),
      exited.then(() => Promise.reject(new Error('The process exited before it printed the URLs'))),
    ]);
    return { urls: JSON.parse(line) as DatabaseUrls, kill: () => child.kill('SIGKILL') };
  }
});

/** Queries the database `postgres`, because the database of the portal does not exist yet. */
async function query(url: string, sql: string): Promise<unknown[]> {
  const target = url.replace('/portico', '/postgres');
  return withClient(target, async (client) => (await client.query<object>(sql)).rows);
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 8_000; !condition(); await pause(20)) {
    if (Date.now() > end) throw new Error(`Not true within 8 s: ${condition.toString()}`);
  }
}
