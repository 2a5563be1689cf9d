import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type DatabaseUrls,
} from '../embedded-postgres/embedded-postgres.ts';
import { migrateUp } from './migrate.ts';
import { openDatabase, type Database } from './pools.ts';
import { prepareDatabase } from './prepare-database.ts';
import { withClient } from './with-client.ts';

export interface ConnectionUrls {
  /** A superuser of the embedded server; with DATABASE_URL the owner, if it was given. */
  administrator: string | undefined;
  owner: string | undefined;
  app: string;
  platform: string;
}

export interface LocatedDatabase {
  urls: ConnectionUrls;
  /** Stops the embedded server if this process started it. */
  stop: () => Promise<void>;
}

export interface Connection extends LocatedDatabase {
  database: Database;
}

export interface LocateOptions {
  /** The portal starts and restarts its own embedded server; a command joins a running one, or starts one until it ends. */
  isPortal?: boolean;
  /** Milliseconds to wait for a server that does not answer yet. */
  wait?: number;
  /** Called when the embedded server is restarted. */
  warn?: (message: string) => void;
}

export interface ConnectOptions extends LocateOptions {
  /** Makes missing roles and brings the schema up to date first. Without DATABASE_OWNER_URL there is nobody to do it. */
  migrate?: boolean;
  /** Connections in the app's pool. */
  size?: number;
}

/** The server of the configuration: the given one, or the embedded one of the data folder, started where it does not run. */
export async function locateDatabase(config: Config, options: LocateOptions = {}): Promise<LocatedDatabase> {
  const { isPortal = false, wait = 0, warn } = options;
  const given = givenUrls(config);
  if (given) {
    await awaitServer(given.owner ?? given.app, wait);
    return { urls: given, stop: async () => {} };
  }
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, isPortal, ...(warn && { warn }) });
  return { urls: embeddedUrls(server.urls), stop: () => server.stop() };
}

/** The URLs of the server that DATABASE_URL names or of an embedded one that runs; undefined if none runs. */
export async function findRunningUrls(config: Config): Promise<ConnectionUrls | undefined> {
  const given = givenUrls(config);
  if (given) return given;
  const running = await findRunningPostgres(config.dataDir);
  return running && embeddedUrls(running);
}

function embeddedUrls({ superuser, owner, app, platform }: DatabaseUrls): ConnectionUrls {
  return { administrator: superuser, owner, app, platform };
}

/** Makes the roles, the database and the schema that are missing. */
export async function prepare({ administrator, owner, app, platform }: ConnectionUrls): Promise<void> {
  if (!administrator || !owner) return;
  await prepareDatabase({
    administratorUrl: administrator,
    ownerUrl: owner,
    appUrl: app,
    platformUrl: platform,
  });
}

/** Prepares the database and brings its schema up to date; answers the migrations that ran. */
export async function bringUpToDate(urls: ConnectionUrls): Promise<string[]> {
  await prepare(urls);
  return urls.owner ? migrateUp(urls.owner) : [];
}

/** The pools that everything works with, on a server that runs. */
export async function connectDatabase(config: Config, options: ConnectOptions = {}): Promise<Connection> {
  const { urls, stop } = await locateDatabase(config, options);
  try {
    if (options.migrate) await bringUpToDate(urls);
    const { size } = options;
    const database = await openDatabase({
      appUrl: urls.app,
      hasPreparedStatements: config.preparedStatements,
      platformUrl: urls.platform,
      ...(size && { size }),
    });
    return { urls, database, stop: () => database.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of the server that DATABASE_URL names; undefined where the embedded one is used. */
function givenUrls(config: Config): ConnectionUrls | undefined {
  if (!config.databaseUrl) return undefined;
  const owner = config.databaseOwnerUrl;
  const platform =
    config.databasePlatformUrl ??
    Object.assign(new URL(config.databaseUrl), { username: 'app_platform' }).href;
  return { administrator: owner, owner, app: config.databaseUrl, platform };
}

const NOT_THERE_YET = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03']);

async function awaitServer(url: string, wait: number): Promise<void> {
  for (const end = Date.now() + wait; ; await pause(500)) {
    try {
      return await withClient(url, async (client) => void (await client.query('select 1')));
    } catch (error) {
      const { code = '' } = error as { code?: string };
      // A database that is missing is made by its preparation.
      if (code === '3D000') return;
      if (!NOT_THERE_YET.has(code) || Date.now() > end) throw error;
    }
  }
}
