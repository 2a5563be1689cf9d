import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import pg from 'pg';
import { createApp, listMounts } from '../../src/app.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { readAssets } from '../../src/http/assets.ts';
import { loadPageViews } from '../../src/http/render-page.ts';
import { REQUEST_TIMES, type RequestTimes } from '../../src/http/request-time.ts';
import { createServer } from '../../src/http/server.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { TenantDirectory } from '../../src/domain/tenant/tenant-directory.ts';
import { deliverDue, startMailWorker } from '../../src/tasks/mail-worker.ts';
import { createLog, type Log } from '../../src/log.ts';
import { publicFolder } from '../../src/project-folder.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startMailbox, type Mailbox } from './mailbox.ts';

/** The real app with its own database, data folder and mail server. */
export interface TestPortal {
  app: Express;
  /** The listening app. */
  server: Server;
  port: number;
  config: Config;
  /** The pools of the web process; the worker has its own. */
  database: Database;
  /** The pools of the mail worker, which runs in this process here but in another one in production. */
  workerDatabase: Database;
  directory: TenantDirectory;
  /** As a superuser, to read and change any row. */
  owner: pg.Pool;
  mailbox: Mailbox;
  log: Log;
  urls: TestDatabase['urls'];
  /** Delivers every email that is due. */
  runMail(): Promise<void>;
}

/** Its suite must close it. */
export interface OwnPortal extends TestPortal {
  close(): Promise<void>;
}

export interface PortalOptions {
  /** Overrides settings of the tests. */
  env?: Record<string, string>;
  /** Connections of the web process. */
  poolSize?: number;
  log?: Log;
  /** Replaces the routes of the portals. */
  mounts?: typeof listMounts;
  isStarted?: () => boolean;
  isReady?: () => boolean;
  /** Returns the URLs that the web process and the worker use instead, for example those of a proxy. */
  proxyDatabase?: (urls: TestDatabase['urls']) => Promise<TestDatabase['urls']>;
  requestTimes?: RequestTimes;
}

// For all test files of the process: to compress the assets and to compile the views takes longer than to start the app.
const assets = readAssets(publicFolder);
const viewsOf = {
  production: loadPageViews({ production: true }),
  development: loadPageViews({ production: false }, { isCached: true }),
};

/** Only production caches pages and compiled views. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  PORTAL_DOMAIN: 'portal.example',
  OPERATIONS_DOMAIN: 'operations.example',
  // The tests open their own databases.
  DATABASE_URL: 'postgres://app_rw@database.example/portico',
  DATABASE_OWNER_URL: 'postgres://app_owner@database.example/portico',
  SMTP_TLS: 'none',
};

/** The tables of the work that is due. */
const QUEUES = ['emails', 'gateway_events', 'payments', 'sandbox_events', 'tasks'];

let shared: Promise<TestPortal> | undefined;

/**
 * The portal of this process, for suites that read and change only their own tenants: a database for each suite would
 * take a third of their time. It is never closed. Its mailbox is empty, and nothing is due.
 */
export async function sharedPortal(): Promise<TestPortal> {
  const portal = await (shared ??= startPortal());
  const statements = QUEUES.map((table) => `update ${table} set due_at = null where due_at is not null`);
  await portal.owner.query(statements.join(';'));
  // Waits for emails that are being sent.
  await portal.runMail();
  portal.mailbox.messages.length = 0;
  return portal;
}

/** For suites that need an empty database, change its schema, or read and change the rows of every tenant. */
export async function startPortal({
  env = {},
  poolSize = 4,
  proxyDatabase,
  log = createLog(env['LOG_LEVEL'] ?? 'silent'),
  mounts = listMounts,
  isStarted = () => true,
  isReady = () => true,
  requestTimes = REQUEST_TIMES,
}: PortalOptions = {}): Promise<OwnPortal> {
  const [testDatabase, mailbox] = await Promise.all([createTestDatabase(), startMailbox()]);
  const { urls } = testDatabase;
  const dataDir = mkdtempSync(join(tmpdir(), 'portico-portal-'));
  const config = readConfig({ ...settings(mailbox.url, dataDir), ...env });
  const reachable = proxyDatabase ? await proxyDatabase(urls) : urls;
  const database = await openDatabase({
    hasPreparedStatements: config.preparedStatements,
    appUrl: reachable.app,
    platformUrl: reachable.platform,
    size: poolSize,
    log,
  });
  // Also while a test makes the database read-only.
  const options = '-c search_path=app -c default_transaction_read_only=off';
  const owner = new pg.Pool({ connectionString: urls.superuser, max: 2, options });
  owner.on('error', () => undefined);

  const mail = await openMail(reachable, config, log);
  const directory = new TenantDirectory(database, config);
  const views = viewsOf[config.production ? 'production' : 'development'];
  const app = createApp({ config, database, directory, log, isStarted, isReady, views, assets }, mounts);
  const server = await listen(app, config, requestTimes);

  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await mail.close();
    await Promise.all([mailbox.close(), database.close(), owner.end()]);
    await testDatabase.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const { port } = server.address() as AddressInfo;
  const databases = { database, workerDatabase: mail.database };
  return {
    app,
    server,
    port,
    config,
    ...databases,
    directory,
    owner,
    mailbox,
    log,
    urls,
    runMail: mail.run,
    close,
  };
}

function settings(smtpUrl: string, dataDir: string): Record<string, string> {
  return {
    SMTP_URL: smtpUrl,
    DATA_DIR: dataDir,
    // Each visitor sends its client address, as a proxy does.
    TRUST_PROXY: '1',
    SECRET_KEYS: 'a secret of the tests that is long enough',
  };
}

/** The worker has its own pools, so that its statements are not counted as those of the web process. */
async function openMail(urls: TestDatabase['urls'], config: Config, log: Log) {
  const database = await openDatabase({ appUrl: urls.app, platformUrl: urls.platform, size: 2 });
  const deps = { database, config, transport: openTransport(config), log };
  let worker = startMailWorker(deps);
  return {
    database,
    run: async () => {
      await worker.stop();
      await deliverDue(deps);
      worker = startMailWorker(deps);
    },
    close: async () => {
      await worker.stop(0);
      deps.transport.close();
      await database.close();
    },
  };
}

function listen(app: Express, config: Config, times: RequestTimes): Promise<Server> {
  const server = createServer(app, config, times);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
