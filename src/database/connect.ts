import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import {
  findRunningPostgres,
  startEmbeddedPostgres,
  type DatabaseUrls,
} from '../embedded-postgres/embedded-postgres.ts';
import type { Log } from '../log.ts';
import { refuseWrongEngine } from './citus.ts';
import { isUnreachable } from './lost-connections.ts';
import { migrateUp } from './migrate.ts';
import { createPools, verifyRoles, type Database, withClient } from './pools.ts';
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
  warn?: (message: string) => void;
}

export interface OpenOptions extends LocateOptions {
  /** The default is DATABASE_POOL. */
  size?: number;
  /** For errors after a commit. */
  log?: Log;
}

export interface VerifyOptions {
  /** Creates missing roles, and with 'migrate' also migrates; skipped without DATABASE_OWNER_URL. */
  schema?: 'prepare' | 'migrate' | undefined;
}

export async function locateDatabase(config: Config, options: LocateOptions = {}): Promise<LocatedDatabase> {
  const { isPortal = false, warn } = options;
  const configured = configuredUrls(config);
  if (configured) return { urls: configured, stop: async () => {} };
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

export async function connectDatabase(
  config: Config,
  options: OpenOptions & VerifyOptions = {},
): Promise<Connection> {
  const connection = await openConnection(config, options);
  try {
    await verifyConnection(connection, config, options);
    return connection;
  } catch (error) {
    await connection.stop();
    throw error;
  }
}

/** Does not connect to the server that DATABASE_URL names. */
export async function openConnection(config: Config, options: OpenOptions = {}): Promise<Connection> {
  return connectTo(await locateDatabase(config, options), config, options);
}

/** To the server of a running portal; undefined if there is none. */
export async function joinConnection(config: Config, options: OpenOptions): Promise<Connection | undefined> {
  const urls = await findRunningUrls(config);
  return urls && connectTo({ urls, stop: async () => {} }, config, options);
}

function connectTo({ urls, stop }: LocatedDatabase, config: Config, options: OpenOptions): Connection {
  const database = createPools({
    appUrl: urls.app,
    engine: config.databaseEngine,
    hasPreparedStatements: config.preparedStatements,
    clockOffsetMs: config.clockOffsetMs,
    platformUrl: urls.platform,
    size: options.size ?? config.databasePool,
    ...(options.log && { log: options.log }),
  });
  return { urls, database, stop: () => database.close().then(stop) };
}

/** @throws {WrongEngine, UnsafeDatabaseRole} and the driver's errors, for example of a wrong password */
export async function verifyConnection(
  { urls, database }: Connection,
  config: Config,
  { schema }: VerifyOptions,
): Promise<void> {
  if (schema === 'migrate') await prepareAndMigrate(urls, config);
  else if (schema === 'prepare') await prepare(urls, config);
  await withClient(urls.app, (client) => refuseWrongEngine(client, config.databaseEngine));
  await verifyRoles(database);
}

const RETRY_MS = 500;

/** The same as soon as the server can be reached. `wait` is called once, with the first error. */
export async function verifyWhenReachable(
  connection: Connection,
  config: Config,
  options: VerifyOptions & { isStopping: () => boolean; wait: (error: unknown) => void },
): Promise<void> {
  for (let isFirst = true; !options.isStopping(); isFirst = false) {
    try {
      return await verifyConnection(connection, config, options);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (isFirst) options.wait(error);
      await pause(RETRY_MS);
    }
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
