import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import {
  ask,
  preparePortalProcesses,
  untilReady,
  untilStatus,
  type PortalProcess,
  type PortalProcesses,
} from './support/portal-process.ts';
import { startTcpProxy, urlThrough, type TcpProxy } from './support/tcp-proxy.ts';

describe('A portal that starts before its database', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let processes: PortalProcesses;
  let proxy: TcpProxy | undefined;
  let proxyPort: number;

  before(async () => {
    database = await createTestDatabase();
    processes = await preparePortalProcesses(database);
  });
  beforeEach(async () => {
    proxyPort = await findFreePort();
  });
  afterEach(async () => {
    processes.kill();
    await proxy?.close();
    proxy = undefined;
  });
  after(() => database.drop());

  const start = (more: Record<string, string> = {}) =>
    processes.start({
      DATABASE_URL: urlThrough(proxyPort, database.urls.app),
      DATABASE_OWNER_URL: urlThrough(proxyPort, database.urls.superuser),
      DATABASE_PLATFORM_URL: urlThrough(proxyPort, database.urls.platform),
      ...more,
    });
  const startDatabase = async () => {
    proxy = await startTcpProxy(database.urls, proxyPort);
  };
  const untilPrinted = async (portal: PortalProcess, text: string) => {
    while (!portal.output().includes(text) && portal.child.exitCode === null) await delay(50);
    expect(portal.output()).to.include(text);
  };

  for (const [workers, migrates] of [
    ['1', '0'],
    ['1', '1'],
    ['2', '0'],
  ] as const)
    it(`listens, and becomes ready when the database starts, with WORKERS=${workers} and MIGRATE_ON_START=${migrates}`, async () => {
      const { port } = processes;
      const portal = start({ WORKERS: workers, MIGRATE_ON_START: migrates });
      await untilStatus(port, '/livez', 200);
      expect(await ask(port, '/readyz')).to.include({ status: 503, text: 'the database does not respond\n' });
      const page = (await ask(port, '/login'))!;
      expect([page.status, Number(page.headers['retry-after']) > 0]).to.deep.equal([503, true]);
      expect(page.text).to.include('The service is not available');
      await untilPrinted(portal, 'Waiting for the database. The database cannot be reached: ');
      expect(portal.output().split('Waiting for the database')).to.have.length(2);

      await startDatabase();
      await untilReady(port);
      expect((await ask(port, '/login'))!.status).to.equal(200);
      portal.child.kill('SIGTERM');
      expect((await portal.ended).code).to.equal(0);
    });

  it('runs its worker when the database starts', async () => {
    const portal = start({ RUN: 'worker' });
    await untilPrinted(portal, 'Waiting for the database');
    await startDatabase();
    await untilPrinted(portal, 'The worker of Portico is running');
  });

  it('stops on SIGTERM while it waits', async () => {
    const portal = start();
    await untilPrinted(portal, 'Waiting for the database');
    portal.child.kill('SIGTERM');
    expect((await portal.ended).code).to.equal(0);
  });

  it('exits with 78 when the database then refuses the password', async () => {
    const url = Object.assign(new URL(database.urls.app), { password: 'wrong' }).href;
    const portal = start({ DATABASE_URL: urlThrough(proxyPort, url) });
    await untilStatus(processes.port, '/livez', 200);
    await startDatabase();
    const { code, output } = await portal.ended;
    expect(code).to.equal(78);
    expect(output).to.match(/^DATABASE_URL is refused: .*$/m);
  });
});
