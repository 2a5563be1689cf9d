import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/database/embedded-postgres.ts';
import { isAlive } from '../../src/database/embedded/postmaster.ts';
import { withClient } from '../../src/database/pools.ts';

const ask = (server: EmbeddedPostgres, sql: string) =>
  withClient(server.urls.superuser.replace('/portico', '/postgres'), (client) => client.query(sql));

const eventually = async (isSo: () => boolean | Promise<boolean>, ms = 8_000) => {
  for (const end = Date.now() + ms; !(await isSo()); await pause(20)) {
    if (Date.now() > end) throw new Error('It did not come to pass.');
  }
};

describe('The embedded PostgreSQL', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-test-embedded-'));
  const start = (isPortal = false) =>
    startEmbeddedPostgres({ dataDir, isPortal, settings: { fsync: 'off' }, say: () => {} });

  after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));

  it('listens on the loopback address alone and keeps its passwords to its owner', async () => {
    const server = await start();
    const { rows } = await ask(server, 'show listen_addresses');
    expect(rows).to.deep.equal([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(join(dataDir, 'database-passwords.json')).mode & 0o777).to.equal(0o600);

    const wrong = {
      ...server,
      urls: { ...server.urls, superuser: server.urls.superuser.replace(/:\w+@/, ':x@') },
    };
    const refusal = await ask(wrong, 'select 1').catch((error: Error) => error.message);
    expect(refusal).to.contain('password authentication failed');
    await server.stop();
    expect(await findRunningPostgres(dataDir)).to.equal(null);
  });

  it('is found by a second start, which leaves it running', async () => {
    const first = await start(true);
    const second = await start();
    expect(second.urls).to.deep.equal(first.urls);
    await second.stop();
    expect(await findRunningPostgres(dataDir)).to.deep.equal(first.urls);
    await first.stop();
  });

  it('comes back by itself after kill -9, with what was committed', async () => {
    const server = await start(true);
    await ask(server, 'create table kept (n int); insert into kept values (7)');
    const { pid } = server;
    process.kill(pid, 'SIGKILL');

    await eventually(() => server.pid !== pid);
    expect((await ask(server, 'select n from kept')).rows).to.deep.equal([{ n: 7 }]);
    await server.stop();
  });

  it('ends within a moment when the process that started it is killed', async () => {
    const parent = await startedByAnotherProcess();
    process.kill(parent.parentPid, 'SIGKILL');
    await eventually(() => !isAlive(parent.pid));
  });

  it('is taken over from a command by the portal', async () => {
    const command = await startedByAnotherProcess();
    setTimeout(() => process.kill(command.parentPid, 'SIGKILL'), 300);
    const server = await start(true);
    expect(server.pid).to.not.equal(command.pid);
    await server.stop();
  });

  it('starts although its old process number now belongs to a stranger', async () => {
    const stranger = spawn('sleep', ['60']);
    const cluster = join(dataDir, 'pg18');
    writeFileSync(
      join(cluster, 'postmaster.pid'),
      `${stranger.pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n`,
    );
    expect(await findRunningPostgres(dataDir)).to.equal(null);

    const server = await start();
    expect((await ask(server, 'select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    await server.stop();
    stranger.kill();
  });

  it('runs beside another one', async () => {
    const otherDir = mkdtempSync(join(tmpdir(), 'portico-test-embedded-'));
    const [one, other] = await Promise.all([
      start(),
      startEmbeddedPostgres({ dataDir: otherDir, settings: { fsync: 'off' } }),
    ]);
    expect(one.urls.app).to.not.equal(other.urls.app);
    await Promise.all([one.stop(), other.stop()]);
    rmSync(otherDir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says with its own log why it could not start', async () => {
    const refusal = await startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } }).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(refusal).to.contain('invalid value for parameter "shared_buffers"');
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).to.contain('plenty');
  });

  async function startedByAnotherProcess(): Promise<{ pid: number; parentPid: number }> {
    const script = join(import.meta.dirname, '..', 'support', 'process-that-starts-postgres.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { pid: (JSON.parse(line) as { pid: number }).pid, parentPid: child.pid as number };
  }
});
