import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type DatabaseUrls,
} from '../embedded-postgres/embedded-postgres.ts';
import type { Log } from '../log.ts';
import { refuseWrongEngine } from './citus.ts';
import { migrateUp } from './migrate.ts';
import { openDatabase, type Database, withClient } from './pools.ts';
import { prepareDatabase } from './prepare-database.ts';

export interface ConnectionUrls {
  /** A superuser of the embedded server; with DATABASE_URL the owner, if one is configured. */
  administrator: string | undefined;
  owner: string | undefined;
  app: string;
  platform: string;
}

export interface LocatedDatabase {
  urls: ConnectionUrls;
  stop: () => Promise<void>;
}

export interface Connection extends LocatedDatabase {
  database: Database;
}

export interface LocateOptions {
  /** The portal runs the embedded server; a command joins that server, or runs its own until the command ends. */
  isPortal?: boolean;
  waitMs?: number;
  warn?: (message: string) => void;
}

export interface ConnectOptions extends LocateOptions {
  /** Creates missing roles, and with 'migrate' also migrates; skipped without DATABASE_OWNER_URL. */
  schema?: 'prepare' | 'migrate' | undefined;
  /** The default is DATABASE_POOL. */
  size?: number;
  /** For errors after a commit. */
  log?: Log;
}

export async function locateDatabase(config: Config, options: LocateOptions = {}): Promise<LocatedDatabase> {
  const { isPortal = false, waitMs = 0, warn } = options;
  const configured = configuredUrls(config);
  if (configured) {
    await waitForServer(configured.owner ?? configured.app, waitMs);
    return { urls: configured, stop: async () => {} };
  }
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, isPortal, ...(warn && { warn }) });
  return { urls: embeddedUrls(server.urls), stop: () => server.stop() };
}

/** Does not start the embedded server. */
export async function findRunningUrls(config: Config): Promise<ConnectionUrls | undefined> {
  const given = configuredUrls(config);
  if (given) return given;
  const running = await findRunningPostgres(config.dataDir);
  return running && embeddedUrls(running);
}

function embeddedUrls({ superuser, owner, app, platform }: DatabaseUrls): ConnectionUrls {
  return { administrator: superuser, owner, app, platform };
}

export async function prepare(
  { administrator, owner, app, platform }: ConnectionUrls,
  { databaseEngine }: Config,
): Promise<void> {
  if (!administrator || !owner) return;
  await prepareDatabase({
    engine: databaseEngine,
    administratorUrl: administrator,
    ownerUrl: owner,
    appUrl: app,
    platformUrl: platform,
  });
}

/** Returns the names of the migrations that ran. */
export async function prepareAndMigrate(urls: ConnectionUrls, config: Config): Promise<string[]> {
  await prepare(urls, config);
  return urls.owner ? migrateUp(urls.owner) : [];
}

export async function connectDatabase(config: Config, options: ConnectOptions = {}): Promise<Connection> {
  const { urls, stop } = await locateDatabase(config, options);
  try {
    if (options.schema === 'migrate') await prepareAndMigrate(urls, config);
    else if (options.schema === 'prepare') await prepare(urls, config);
    await withClient(urls.app, (client) => refuseWrongEngine(client, config.databaseEngine));
    const database = await openDatabase({
      appUrl: urls.app,
      engine: config.databaseEngine,
      hasPreparedStatements: config.preparedStatements,
      clockOffsetMs: config.clockOffsetMs,
      platformUrl: urls.platform,
      size: options.size ?? config.databasePool,
      ...(options.log && { log: options.log }),
    });
    return { urls, database, stop: () => database.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuredUrls(config: Config): ConnectionUrls | undefined {
  if (!config.databaseUrl) return undefined;
  const owner = config.databaseOwnerUrl;
  const platform =
    config.databasePlatformUrl ??
    Object.assign(new URL(config.databaseUrl), { username: 'app_platform' }).href;
  return { administrator: owner, owner, app: config.databaseUrl, platform };
}

const NOT_REACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03']);

async function waitForServer(url: string, waitMs: number): Promise<void> {
  for (const end = Date.now() + waitMs; ; await pause(500)) {
    try {
      return await withClient(url, async (client) => void (await client.query('select 1')));
    } catch (error) {
      const { code = '' } = error as { code?: string };
      // The database does not exist yet; prepare() creates it.
      if (code === '3D000') return;
      if (!NOT_REACHABLE.has(code) || Date.now() > end) throw error;
    }
  }
}
