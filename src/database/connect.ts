import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
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
  /** The portal keeps its embedded server alive; a command joins the one that runs, or has one for its own time. */
  isPortal?: boolean;
  /** Milliseconds to wait for a server that does not answer yet. */
  wait?: number;
  /** Told, in a sentence, what happens to the portal's server. */
  say?: (sentence: string) => void;
}

export interface ConnectOptions extends LocateOptions {
  /** Makes missing roles and brings the schema up to date first. Without DATABASE_OWNER_URL there is nobody to do it. */
  migrate?: boolean;
  /** Connections in the app's pool. */
  size?: number;
}

/** The server of the configuration: the given one, or the embedded one of the data folder, started where it does not run. */
export async function locateDatabase(config: Config, options: LocateOptions = {}): Promise<LocatedDatabase> {
  if (config.databaseUrl) return locateGiven(config, config.databaseUrl, options.wait ?? 0);
  const { isPortal = false, say } = options;
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, isPortal, ...(say && { say }) });
  const { superuser, owner, app, platform } = server.urls;
  return { urls: { administrator: superuser, owner, app, platform }, stop: () => server.stop() };
}

/** Roles, database and schema that are missing are made; what migrations ran is answered. */
export async function bringUpToDate({
  administrator,
  owner,
  app,
  platform,
}: ConnectionUrls): Promise<string[]> {
  if (!administrator || !owner) return [];
  await prepareDatabase({
    administratorUrl: administrator,
    ownerUrl: owner,
    appUrl: app,
    platformUrl: platform,
  });
  return migrateUp(owner);
}

/** The pools that everything works with, on a server that runs. */
export async function connectDatabase(config: Config, options: ConnectOptions = {}): Promise<Connection> {
  const { urls, stop } = await locateDatabase(config, options);
  try {
    if (options.migrate) await bringUpToDate(urls);
    const { size } = options;
    const database = await openDatabase({
      appUrl: urls.app,
      platformUrl: urls.platform,
      ...(size && { size }),
    });
    return { urls, database, stop: () => database.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function locateGiven(config: Config, app: string, wait: number): Promise<LocatedDatabase> {
  const owner = config.databaseOwnerUrl;
  const platform =
    config.databasePlatformUrl ?? Object.assign(new URL(app), { username: 'app_platform' }).href;
  await awaitServer(owner ?? app, wait);
  return { urls: { administrator: owner, owner, app, platform }, stop: async () => {} };
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
