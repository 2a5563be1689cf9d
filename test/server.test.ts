import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findPostmaster, isAlive, waitForExit } from '../src/embedded-postgres/postmaster.ts';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { preparePortalProcesses, untilReady, type PortalProcesses } from './support/portal-process.ts';

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
    const { ended } = start({
      WORKERS: '2',
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(signalAtFork)}`,
    });
    expect(await ended).to.deep.equal({ code: 0, output: '' });
  });

  it('exits with 1 when the port is in use with several web processes', async () => {
    const taken = http.createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    const { code, output } = await start({ WORKERS: '2' }).ended;
    taken.close();
    expect(code).to.equal(1);
    expect(output).to.match(new RegExp(`^Port ${port} is taken\\..+PORT\\.$`, 'm'));
  });

  it('exits with 78 when the database refuses the password', async () => {
    const url = Object.assign(new URL(database.urls.platform), { password: 'wrong' }).href;
    const { code, output } = await start({
      DATABASE_OWNER_URL: '',
      DATABASE_PLATFORM_URL: url,
      RUN: 'worker',
    }).ended;
    expect(code).to.equal(78);
    expect(output).to.match(
      /^DATABASE_PLATFORM_URL is refused: .* `npm run portal -- migrate up` creates the roles\.$/m,
    );
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
