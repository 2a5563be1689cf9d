import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findPostmaster, isAlive, waitForExit } from '../src/embedded-postgres/postmaster.ts';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { withClient } from '../src/database/pools.ts';
import { createBareDatabase, createTestDatabase, type TestDatabase } from './support/database.ts';
import {
  ask,
  childrenOf,
  preparePortalProcesses,
  untilReady,
  type PortalProcesses,
} from './support/portal-process.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';

describe('The portal process', () => {
  let database: TestDatabase;
  let processes: PortalProcesses;
  let port: number;

  before(async () => {
    database = await createTestDatabase();
    processes = await preparePortalProcesses(database);
    port = processes.port;
  });
  after(async () => {
    processes.kill();
    await database.drop();
  });

  const start = (more: Record<string, string> = {}) => processes.start(more);

  for (const workers of ['1', '2']) {
    it(`finishes an open request after SIGTERM with WORKERS=${workers}`, async () => {
      const { child, ended } = start({ WORKERS: workers });
      await untilReady(port);
      const { request, response } = await beginForm(port);
      child.kill('SIGTERM');
      await delay(500);
      expect(child.exitCode).to.equal(null);
      request.end('word=x');
      // The form has no token, so 403 is the complete response.
      expect((await response).statusCode).to.equal(403);
      expect((await ended).code).to.equal(0);
    });
  }

  for (const workers of ['1', '2']) {
    it(`serves requests for SHUTDOWN_DELAY_S after SIGTERM with WORKERS=${workers}`, async function () {
      this.timeout(120_000);
      let seconds = 2;
      // A slow machine may need longer for the requests than the delay.
      while (!(await areServedDuringDelay(workers, seconds))) expect((seconds *= 3)).to.be.below(30);
    });
  }

  /** Until /readyz of both web processes responds with the status: each gets every second connection. */
  async function untilEveryProcess(status: number, isInTime = () => true): Promise<void> {
    for (let seen = 0; seen < 4 && isInTime();)
      seen = (await ask(port, '/readyz'))?.status === status ? seen + 1 : 0;
  }

  /** Returns false if the requests were not sent and served within the delay. */
  async function areServedDuringDelay(workers: string, delaySeconds: number): Promise<boolean> {
    const portal = start({ RUN: 'web', WORKERS: workers, SHUTDOWN_DELAY_S: String(delaySeconds) });
    const { child, ended } = portal;
    while (!portal.output().includes('Portico is ready')) await delay(100);
    await untilEveryProcess(200);
    const askForLogins = async () => {
      const responses = await Promise.all(Array.from({ length: 10 }, () => ask(port, '/login')));
      return responses.map((response) => response?.status);
    };
    // Opens the connections to the database, which can take too long on a slow machine.
    while ((await askForLogins()).some((status) => status !== 200));
    const sentAt = performance.now();
    const isInTime = () => performance.now() - sentAt < delaySeconds * 1_000;
    child.kill('SIGTERM');
    const logins = await askForLogins();
    await untilEveryProcess(503, isInTime);
    const late = [await ask(port, '/login'), await ask(port, '/readyz'), await ask(port, '/livez')];
    const wereServedInTime = isInTime();
    expect((await ended).code).to.equal(0);
    expect(isInTime()).to.equal(false);
    expect(await ask(port, '/livez')).to.equal(undefined);
    if (!wereServedInTime) return false;

    expect(logins).to.deep.equal(Array(10).fill(200));
    expect(late.map((response) => response?.status)).to.deep.equal([200, 503, 200]);
    expect(late[0]?.headers['connection']).to.equal('close');
    return true;
  }

  it('ends the stop after a limit when a connection to the database hangs', async function () {
    this.timeout(60_000);
    const proxy = await startTcpProxy(database.urls);
    const { app, platform } = proxy.urls;
    const portal = start({ DATABASE_URL: app, DATABASE_PLATFORM_URL: platform, RUN: 'web' });
    await untilReady(port);
    proxy.swallow();
    const pending = ask(port, '/login', 'acme.portal.example');
    await delay(200);
    const sentAt = performance.now();
    portal.child.kill('SIGTERM');
    const { code } = await portal.ended;
    expect(code).to.be.oneOf([0, 1]);
    expect(performance.now() - sentAt).to.be.below(26_000);
    await pending;
    await proxy.close();
  });

  it('stops while nothing reads its log', async function () {
    this.timeout(60_000);
    const { child, ended } = start({ RUN: 'web' });
    await untilReady(port);
    child.stdout!.pause();
    // More than the pipe holds.
    for (let n = 0; n < 100; n += 1) await ask(port, `/${'x'.repeat(8_000)}`);
    expect((await ask(port, '/livez'))?.status).to.equal(200);
    const sentAt = performance.now();
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(0);
    expect(performance.now() - sentAt).to.be.below(15_000);
    child.stdout!.resume();
    await ended;
  });

  it('drains when a signal arrives twice within a second, and exits immediately when the signal is repeated later', async function () {
    this.timeout(60_000);
    for (const isRepeatedLater of [false, true]) {
      const { child, ended } = start();
      await untilReady(port);
      const { request, response } = await beginForm(port);
      request.on('error', () => undefined);
      response.catch(() => undefined);
      child.kill('SIGINT');
      await delay(50);
      child.kill('SIGINT');
      await delay(1_500);
      expect(child.exitCode).to.equal(null);
      if (isRepeatedLater) child.kill('SIGINT');
      else request.end('word=x');
      expect((await ended).code).to.equal(isRepeatedLater ? 1 : 0);
    }
  });

  it('exits with 0 and prints nothing when SIGTERM arrives while the web processes start', async function () {
    this.timeout(60_000);
    const signalAtFork = `import cluster from 'node:cluster';
      cluster.once('fork', () => process.kill(process.pid, 'SIGTERM'));`;
    const { ended } = start({ WORKERS: '2', ...preload(signalAtFork) });
    expect(await ended).to.deep.equal({ code: 0, output: '' });
  });

  for (const workers of ['1', '2'])
    it(`exits with 1 before it migrates when the port is in use with WORKERS=${workers}`, async () => {
      const unprepared = await createBareDatabase();
      const { superuser, app, platform } = unprepared.urls;
      const taken = http.createServer().listen(port, '127.0.0.1');
      await once(taken, 'listening');
      const { code, output } = await start({
        WORKERS: workers,
        MIGRATE_ON_START: '1',
        DATABASE_URL: app,
        DATABASE_OWNER_URL: superuser,
        DATABASE_PLATFORM_URL: platform,
      }).ended;
      taken.close();
      expect(code).to.equal(1);
      expect(output).to.match(new RegExp(`^Port ${port} is in use\\..+PORT\\.\\n$`));
      const { rows } = await withClient(superuser, (client) =>
        client.query<{ users: string | null }>(`select to_regclass('app.users') as users`),
      );
      expect(rows).to.eql([{ users: null }]);
      await unprepared.drop();
    });

  it('exits with 78 and names every wrong setting before it opens a connection', async () => {
    const { code, output } = await start({
      SMTP_URL: 'smtp://mail.example:99999',
      SECRET_KEYS: 'x'.repeat(40),
      OPERATIONS_DOMAIN: 'operations.portal.example',
      DATABASE_URL: 'postgres://app_rw@127.0.0.1:1/portico',
    }).ended;
    expect(code).to.equal(78);
    expect(output.match(/^  [A-Z_]+/gm)?.map((name) => name.trim())).to.eql([
      'SECRET_KEYS',
      'SMTP_URL',
      'OPERATIONS_DOMAIN',
    ]);
  });

  for (const run of ['worker', 'web']) {
    it(`exits with 78 and prints one line when the database refuses the password of RUN=${run} with WORKERS=2`, async () => {
      const url = Object.assign(new URL(database.urls.platform), { password: 'wrong' }).href;
      const { code, output } = await start({
        DATABASE_OWNER_URL: '',
        DATABASE_PLATFORM_URL: url,
        RUN: run,
        WORKERS: '2',
      }).ended;
      expect(code).to.equal(78);
      expect(output).to.match(
        /^DATABASE_PLATFORM_URL is refused: .* `npm run portal -- migrate up` creates the roles\.\n$/,
      );
    });
  }

  it('starts all web processes before it is connected to the database', async function () {
    this.timeout(60_000);
    const silent = net.createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const connected = once(silent, 'connection');
    const portal = start({ WORKERS: '3', ...allUrls(silent) });
    await connected;
    expect(childrenOf(portal.child.pid!)).to.have.length(3);
    expect(portal.output()).to.equal('');
    portal.child.kill('SIGKILL');
    silent.close();
  });

  it('starts a web process again that was killed', async function () {
    this.timeout(60_000);
    const portal = start({ WORKERS: '2', RUN: 'web' });
    const { child, ended } = portal;
    while (!portal.output().includes('Portico is ready')) await delay(100);
    const forks = childrenOf(child.pid!);
    expect(forks).to.have.length(2);
    for (const fork of forks) process.kill(fork, 'SIGKILL');
    // A connection that the portal passes to a killed process would never get a response.
    while (childrenOf(child.pid!).filter((fork) => !forks.includes(fork)).length < 2) await delay(100);
    await untilReady(port, 500);
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
  });

  it('starts a web process again that was killed while it received connections', async function () {
    this.timeout(60_000);
    const portal = start({ WORKERS: '2', RUN: 'web' });
    const { child, ended } = portal;
    while (!portal.output().includes('Portico is ready')) await delay(100);
    const forks = childrenOf(child.pid!);
    const stopConnecting = keepConnecting(port, 30);
    for (const fork of forks) {
      await delay(500);
      process.kill(fork, 'SIGKILL');
    }
    await delay(500);
    stopConnecting();
    while (childrenOf(child.pid!).filter((fork) => !forks.includes(fork)).length < 2) await delay(100);
    await untilReady(port, 500);
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
  });

  for (const [event, when] of [
    ['online', 'before it listens'],
    ['listening', 'as soon as it listens'],
  ])
    it(`starts a web process again that is killed ${when} during the start`, async function () {
      this.timeout(60_000);
      const kill = `import cluster from 'node:cluster';
        cluster.once('${event}', (worker) => worker.process.kill('SIGKILL'));
        let listening = 0;
        cluster.on('listening', () => (listening += 1) && console.log('listening: ' + listening));`;
      const portal = start({ WORKERS: '2', RUN: 'web', ...preload(kill) });
      const expected = event === 'online' ? 2 : 3;
      while (!portal.output().includes(`listening: ${expected}`)) await delay(100);
      await untilReady(port);
      expect(childrenOf(portal.child.pid!)).to.have.length(2);
      portal.child.kill('SIGTERM');
      expect((await portal.ended).code).to.equal(0);
    });

  it('does not start a killed web process again after SIGTERM', async function () {
    this.timeout(60_000);
    const kill = `import cluster from 'node:cluster';
      cluster.on('fork', ({ id }) => console.log('forked: ' + id));
      cluster.on('online', ({ id, process }) => id !== 2 && process.kill('SIGKILL'));
      cluster.on('exit', ({ id }) => id === 3 && process.kill(process.pid, 'SIGTERM'));
      const { exit } = process;
      if (cluster.isWorker) process.exit = (code) => setTimeout(() => exit(code), 2_000);`;
    const portal = start({ WORKERS: '2', RUN: 'web', ...preload(kill) });
    expect((await portal.ended).code).to.equal(0);
    expect(portal.output().match(/forked: \d/g)).to.deep.equal(['forked: 1', 'forked: 2', 'forked: 3']);
  });

  it('exits with 1 and names the signal when a web process is killed at each start', async function () {
    this.timeout(60_000);
    const kill = `import cluster from 'node:cluster';
      cluster.on('online', (worker) => worker.process.kill('SIGKILL'));`;
    const { ended } = start({ WORKERS: '2', RUN: 'web', ...preload(kill) });
    expect(await ended).to.deep.equal({
      code: 1,
      output: 'A web process ended with SIGKILL while it started.\n',
    });
  });
});

describe('npm start', () => {
  let folder: string;
  let port: number;
  let npm: ChildProcess;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-npm-start-'));
  });
  beforeEach(async function () {
    this.timeout(60_000);
    port = await findFreePort();
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    npm = spawn('npm', ['start'], {
      cwd: path.resolve(import.meta.dirname, '..'),
      env: { ...env, PORT: String(port), DATA_DIR: folder, DEMO: '0' },
      // Its own process group, to send it the signals of a terminal.
      detached: true,
      stdio: 'ignore',
    });
    await untilReady(port, 500);
  });
  afterEach(async () => {
    // The processes that a failed test has left running.
    for (const pid of [-npm.pid!, postmasterPid()]) if (pid && isAlive(pid)) process.kill(pid, 'SIGKILL');
    await waitForExit(clusterDir(), 10_000);
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const clusterDir = () => path.join(folder, 'pg18');
  const postmasterPid = () => findPostmaster(clusterDir())?.pid;
  /** The process that holds the data folder: the portal itself, not npm. */
  const portalPid = () => Number.parseInt(readFileSync(path.join(folder, 'portal.lock'), 'utf8'), 10);

  it('stops the portal and its PostgreSQL when only npm receives SIGTERM', async () => {
    const [portal, postmaster] = [portalPid(), postmasterPid()!];
    expect([npm.pid, portal, postmaster].map((pid) => isAlive(pid!))).to.deep.equal([true, true, true]);
    npm.kill('SIGTERM');
    expect(await once(npm, 'close')).to.deep.equal([0, null]);
    expect(await waitForExit(clusterDir(), 5_000), 'PostgreSQL ended').to.equal(true);
    expect({ portal: isAlive(portal), postmaster: isAlive(postmaster) }).to.deep.equal({
      portal: false,
      postmaster: false,
    });
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops the portal and its PostgreSQL when both npm and the portal receive ${signal}, as from a terminal`, async () => {
      const [portal, postmaster] = [portalPid(), postmasterPid()!];
      process.kill(-npm.pid!, signal);
      expect(await once(npm, 'close')).to.deep.equal([0, null]);
      expect([portal, postmaster].map(isAlive)).to.deep.equal([false, false]);
    });
  }
});

function preload(code: string): { NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
}

/** Returns a function that stops. */
function keepConnecting(port: number, connections: number): () => void {
  let isStopping = false;
  const connect = () => {
    if (isStopping) return;
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.end('GET /livez HTTP/1.1\r\nHost: operations.example\r\nConnection: close\r\n\r\n');
    });
    // A killed process closes none of the connections that were being passed to it.
    socket.setTimeout(500, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => setImmediate(connect));
    socket.resume();
  };
  for (let n = 0; n < connections; n += 1) connect();
  return () => (isStopping = true);
}

function allUrls(server: Server): Record<string, string> {
  const { port } = server.address() as AddressInfo;
  const url = (role: string) => `postgres://${role}:password@127.0.0.1:${port}/portico`;
  return {
    DATABASE_URL: url('app_rw'),
    DATABASE_OWNER_URL: url('app_owner'),
    DATABASE_PLATFORM_URL: url('app_platform'),
  };
}

/** Sends half of a form to the console after the server has accepted its headers. */
async function beginForm(
  port: number,
): Promise<{ request: ClientRequest; response: Promise<IncomingMessage> }> {
  const headers = {
    Host: 'operations.example',
    Origin: 'https://operations.example',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': 12,
    Expect: '100-continue',
  };
  const request = http.request({ port, host: '127.0.0.1', path: '/login', method: 'POST', headers });
  request.flushHeaders();
  const response = once(request, 'response').then(([received]) => received as IncomingMessage);
  await once(request, 'continue');
  request.write('pass=1');
  return { request, response };
}
