import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { reachCurrentSchema, schemaProblem } from '../../src/database/current-schema.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/pools.ts';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { runPortal } from '../commands/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  ask,
  preparePortalProcesses,
  untilReady,
  untilStatus,
  type PortalProcess,
  type PortalProcesses,
} from '../support/portal-process.ts';

describe('A start on a schema with a pending migration', () => {
  let database: TestDatabase;
  let processes: PortalProcesses;
  let port: number;

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrateDown(database.urls.owner);
    processes = await preparePortalProcesses(database);
    port = processes.port;
  });
  afterEach(async () => {
    processes.kill();
    await database.drop();
  });

  const pendingCount = async () => (await migrationStatus(database.urls.owner)).pending.length;

  for (const workers of ['1', '2']) {
    it(`waits in production and becomes ready after \`migrate up\` with WORKERS=${workers}`, async function () {
      this.timeout(60_000);
      const portal = processes.start({ WORKERS: workers });
      await untilStatus(port, '/livez', 200);
      await untilPrinted(portal, 'Waiting');
      for (let poll = 0; poll < 3; poll++, await delay(1_000)) await expectWaiting();
      expect(await pendingCount()).to.equal(1);
      expect(linesWith(portal, 'Waiting')).to.have.length(1);
      expect(portal.output()).to.match(/migrations to run: 1.*npm run portal -- migrate up/);
      expect(portal.output()).to.not.contain('Portico is ready');

      expect(await runPortal(processes.env, ['migrate', 'up'])).to.include({ code: 0 });
      await untilReady(port);
      expect(await ask(port, '/login')).to.include({ status: 200 });
      await untilPrinted(portal, 'Portico is ready');
      expect(portal.output()).to.not.contain('request failed');
      expect(await stopped(portal)).to.equal(0);
    });
  }

  it('lets the worker wait until the migration has run', async function () {
    this.timeout(60_000);
    const worker = processes.start({ RUN: 'worker', DATABASE_OWNER_URL: '' });
    await untilPrinted(worker, 'Waiting');
    await delay(1_500);
    expect(worker.output()).to.not.contain('The worker of Portico is running');
    await migrateUp(database.urls.owner);
    await untilPrinted(worker, 'The worker of Portico is running');
    expect(await stopped(worker)).to.equal(0);
  });

  it('stops on SIGTERM while it waits', async () => {
    const portal = processes.start();
    await untilStatus(port, '/readyz', 503);
    expect(await stopped(portal)).to.equal(0);
    expect(await pendingCount()).to.equal(1);
  });

  it('migrates with MIGRATE_ON_START=1', async () => {
    processes.start({ MIGRATE_ON_START: '1' });
    await untilReady(port);
    expect(await pendingCount()).to.equal(0);
  });

  it('waits with MIGRATE_ON_START=1 while another process migrates', async function () {
    this.timeout(60_000);
    const release = await holdMigrationLock(database.urls.owner);
    const portal = processes.start({ MIGRATE_ON_START: '1' });
    await untilStatus(port, '/livez', 200);
    await untilPrinted(portal, 'Another process is migrating');
    await expectWaiting();
    await release();
    await untilReady(port);
    expect(await pendingCount()).to.equal(0);
    expect(linesWith(portal, 'Waiting')).to.have.length(1);
  });

  it('is refused when its migration fails', async () => {
    const blocker = new pg.Client({ connectionString: database.urls.superuser });
    await blocker.connect();
    const [name] = (await migrationStatus(database.urls.owner)).pending;
    await blocker.query(`alter table app.knex_migrations add constraint refused check (name <> '${name}')`);
    await blocker.end();
    const { code, output } = await processes.start({ MIGRATE_ON_START: '1' }).ended;
    expect(code).to.equal(1);
    expect(output).to.contain('violates check constraint "refused"');
  });

  it('never happens in a command other than `migrate` in production', async () => {
    const result = await runPortal(processes.env, ['tenant:list']);
    expect(result.code, result.err).to.equal(0);
    expect(await pendingCount()).to.equal(1);
  });

  async function expectWaiting(): Promise<void> {
    expect(await ask(port, '/livez')).to.include({ status: 200 });
    expect(await ask(port, '/readyz')).to.include({ status: 503, text: 'migrations to run: 1\n' });
    for (const host of ['operations.example', 'acme.portal.example']) {
      const page = await ask(port, '/login', host);
      expect(page).to.include({ status: 503 });
      expect(page!.headers).to.include({ 'retry-after': '5' });
    }
  }
});

describe('schemaProblem()', () => {
  it('returns the message of the database, or that it does not respond', async () => {
    const database = await createTestDatabase();
    const { app: appUrl, platform: platformUrl } = database.urls;
    const opened = await openDatabase({ appUrl, platformUrl, size: 2 });
    expect(await schemaProblem(opened)).to.equal(null);
    await database.drop();
    // The first query finds the connection that the drop has closed.
    await schemaProblem(opened);
    expect(await schemaProblem(opened)).to.match(/^database ".*" does not exist$/);
    await opened.close();

    const closed = Object.assign(new URL(appUrl), { port: String(await findFreePort()) }).href;
    const app = new pg.Pool({ connectionString: closed });
    expect(await schemaProblem({ app })).to.equal('the database does not respond');
    await app.end();
  });
});

describe('reachCurrentSchema()', () => {
  it('does not wait for the lock of another process when no migration is pending', async () => {
    const database = await createTestDatabase();
    const { app: appUrl, platform: platformUrl } = database.urls;
    const opened = await openDatabase({ appUrl, platformUrl, size: 2 });
    const release = await holdMigrationLock(database.urls.owner);
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    await reachCurrentSchema(opened, { ownerUrl: database.urls.owner, warn });
    expect(warnings).to.deep.equal([]);
    await release();
    await opened.close();
    await database.drop();
  });
});

async function holdMigrationLock(ownerUrl: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // A failed test drops the database before it releases the lock.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin; lock table app.knex_migrations_lock in share update exclusive mode');
  return () => client.end();
}

function linesWith(portal: PortalProcess, text: string): string[] {
  return portal
    .output()
    .split('\n')
    .filter((line) => line.includes(text));
}

async function untilPrinted(portal: PortalProcess, text: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (portal.output().includes(text)) return;
    await delay(100);
  }
  throw new Error(`The process did not print "${text}", but: ${portal.output()}`);
}

async function stopped({ child, ended }: { child: ChildProcess; ended: PortalProcess['ended'] }) {
  child.kill('SIGTERM');
  return (await ended).code;
}
