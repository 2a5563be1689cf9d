import knex, { type Knex } from 'knex';
import pg from 'pg';
import { createLog, type Log } from '../log.ts';
import type { Engine } from './citus.ts';
import { clockParams } from './clock.ts';
import {
  IdleClients,
  KEEP_ALIVE,
  limitSilence,
  MAX_LONG_SILENCE_MS,
  MAX_SILENCE_MS,
} from './lost-connections.ts';
import type { PreparedNames } from './prepared-statements.ts';
import { valueTypes } from './value-types.ts';

export type Database = {
  app: pg.Pool;
  platform: pg.Pool;
  knex: Knex;
  platformKnex: Knex;
  engine: Engine;
  /** Of the app's pool, which plans a statement without optional filters once per connection. Undefined when turned off. */
  preparedNames: PreparedNames | undefined;
  log: Log;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  appUrl: string;
  platformUrl: string;
  engine?: Engine;
  size?: number;
  hasPreparedStatements?: boolean;
  clockOffsetMs?: number;
  log?: Log;
};

/** The app's role could read or change the rows of every tenant. */
export class UnsafeDatabaseRole extends Error {}

/** @throws {UnsafeDatabaseRole} and the driver's error when the server cannot be reached */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = createPools(options);
  try {
    await verifyRoles(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** @throws {UnsafeDatabaseRole} and the driver's error when the server cannot be reached */
export async function verifyRoles({ app, platform }: Pick<Database, 'app' | 'platform'>): Promise<void> {
  await refuseUnsafeRole(app);
  await platform.query('select 1');
}

/** Connects with the first statements. */
export function createPools({
  appUrl,
  platformUrl,
  engine = 'postgres',
  size = 10,
  hasPreparedStatements = true,
  clockOffsetMs = 0,
  log = createLog('error'),
}: DatabaseOptions): Database {
  const idle = new IdleClients();
  const app = openPool(appUrl, size, idle);
  const platform = openPool(platformUrl, Math.max(2, Math.ceil(size / 3)), idle);
  const close = async () => {
    await Promise.all([app.end(), platform.end()]);
  };
  const knexes = { knex: knexOn(app, clockOffsetMs), platformKnex: knexOn(platform, clockOffsetMs) };
  const preparedNames: PreparedNames | undefined = hasPreparedStatements ? new Map() : undefined;
  return { app, platform, ...knexes, engine, preparedNames, log, close };
}

function openPool(connectionString: string, max: number, idle: IdleClients): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    pipeline: true,
    idleTimeoutMillis: 0,
    types: valueTypes,
    connectionTimeoutMillis: 2_000,
    ...KEEP_ALIVE,
  });
  // Without a listener, a connection that the server closes would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    limitSilence(client, MAX_SILENCE_MS);
  });
  idle.watch(pool);
  return pool;
}

function knexOn(connectionPool: pg.Pool, clockOffsetMs: number): Knex {
  return knex({
    client: 'pg',
    version: '15.0',
    connectionPool,
    ...clockParams(clockOffsetMs),
    // knex logs each refused connection before it throws the same error.
    log: { warn: () => {} },
  });
}

async function refuseUnsafeRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; reason: string | null }>(`
    select rolname as name, case
      when rolsuper then 'is a superuser'
      when rolbypassrls then 'bypasses row level security'
      when rolcreaterole then 'may create roles'
      when exists (select from pg_auth_members where member = r.oid) then 'is a member of another role'
      when exists (select from pg_class where relnamespace = to_regnamespace('app') and relowner = r.oid)
        then 'owns tables'
    end as reason
    from pg_roles r where rolname = current_user
  `);
  const role = rows[0];
  if (role?.reason === null) return;
  throw new UnsafeDatabaseRole(
    `DATABASE_URL signs in as ${role?.name}, which ${role?.reason}: it could see every tenant. Use the role app_rw.`,
  );
}

/** PostgreSQL refused a statement, in contrast to a connection that is lost. */
export function isStatementError(error: unknown): boolean {
  return error instanceof pg.DatabaseError;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, ...KEEP_ALIVE });
  client.on('error', () => {});
  await client.connect();
  limitSilence(client, MAX_LONG_SILENCE_MS);
  try {
    return await work(client);
  } finally {
    await closeClient(client);
  }
}

async function closeClient(client: pg.Client): Promise<void> {
  // A lost server does not close its side.
  const timeout = setTimeout(() => client.connection.stream.destroy(), CLOSE_TIMEOUT_MS);
  await client.end();
  clearTimeout(timeout);
}

const CLOSE_TIMEOUT_MS = 2_000;
