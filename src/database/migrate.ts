import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import knex, { type Knex } from 'knex';
import type pg from 'pg';
import { migrationsFolder } from '../project-folder.ts';
import { KEEP_ALIVE, limitSilence } from './lost-connections.ts';
import { withClient } from './pools.ts';

export type MigrationStatus = { done: string[]; pending: string[] };

export class OutdatedSchema extends Error {
  constructor() {
    super(
      'This database was created before the migrations were rewritten. Delete its content and start again: ' +
        'rm -rf data (the folder DATA_DIR), or with DATABASE_URL: drop schema app cascade.',
    );
  }
}

/** Another process holds the lock of the migrations. */
export class MigrationsLocked extends Error {
  constructor() {
    super('Another process is migrating this database. Try again when it has finished.');
  }
}

interface MigrationOptions {
  lockTimeoutMs?: number;
  /** Is called before the error of a migration is thrown. */
  warn?: ((message: string) => void) | undefined;
}

const LOCK_TIMEOUT_MS = 60_000;
/** Migrations with earlier names were rewritten before the first release. */
const REWRITTEN_UNTIL = '20261123';

// Names without extension: a migration that tsx ran as x.ts is x.js in the built program.
const source: Knex.MigrationSource<string> = {
  getMigrations: async () =>
    readdirSync(migrationsFolder)
      .filter((file) => /^\d{14}_\w+\.(ts|js)$/.test(file))
      .map((file) => parse(file).name)
      .sort(),
  getMigrationName: (name) => name,
  getMigration: (name) =>
    import(join(migrationsFolder, `${name}${parse(import.meta.filename).ext}`)) as Promise<Knex.Migration>,
};

/**
 * Returns the names of the migrations that ran. Concurrent processes wait for each other.
 * @throws {MigrationsLocked} after `lockTimeoutMs`
 */
export async function migrateUp(ownerUrl: string, options: MigrationOptions = {}): Promise<string[]> {
  const migrate = async (db: Knex) => {
    const [, names] = (await db.migrate.latest()) as [number, string[]];
    await db.raw('select app.create_audit_partitions(3)');
    await db.raw('grant select on app.knex_migrations to app_rw, app_platform');
    return names;
  };
  return withMigrationLock(ownerUrl, migrate, options);
}

export async function migrateDown(ownerUrl: string, howMany: 'one' | 'all' = 'one'): Promise<string[]> {
  return withMigrationLock(ownerUrl, async (db) => {
    const rolledBack: Promise<unknown> =
      howMany === 'all' ? db.migrate.rollback(undefined, true) : db.migrate.down();
    const [, names] = (await rolledBack) as [number, string[]];
    return names;
  });
}

export async function migrationStatus(ownerUrl: string): Promise<MigrationStatus> {
  return withMigrationLock(ownerUrl, async (db) => {
    const [done, pending] = (await db.migrate.list()) as [{ name: string }[], string[]];
    return { done: done.map((row) => row.name), pending };
  });
}

/** Needs only the privileges of the app role. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const done = new Set(await finishedMigrations(pool));
  return (await source.getMigrations([])).filter((name) => !done.has(name));
}

/** insufficient_privilege, undefined_table, invalid_schema_name: the first migrations have not finished. */
const NEVER_MIGRATED = new Set(['42501', '42P01', '3F000']);

async function finishedMigrations(pool: pg.Pool): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from app.knex_migrations');
    return rows.map((row) => row.name);
  } catch (error) {
    if (NEVER_MIGRATED.has((error as { code?: string }).code ?? '')) return [];
    throw error;
  }
}

/** Missing files of this time were rewritten; later ones belong to a newer version of Portico. */
function throwIfOutdated(error: Error): never {
  const [, missing = ''] = /following files are missing: (.*)/.exec(error.message) ?? [];
  throw missing.split(', ').some((name) => name !== '' && name < REWRITTEN_UNTIL)
    ? new OutdatedSchema()
    : error;
}

async function withOwner<T>(
  ownerUrl: string,
  work: (db: Knex) => Promise<T>,
  { warn }: MigrationOptions,
): Promise<T> {
  const db = knex({
    client: 'pg',
    connection: { connectionString: ownerUrl, ...KEEP_ALIVE },
    pool: { min: 0, max: 4, afterCreate: setOwnerRole },
    migrations: { migrationSource: source, schemaName: 'app', tableName: 'knex_migrations' },
    ...(warn && { log: { warn } }),
  });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

// The URL may be that of a superuser, but every object that a migration creates must belong to app_owner, whose own
// settings apply only to its logins.
const OWNER_SESSION = `set role app_owner; set search_path = app; set lock_timeout = '10s'`;

/** A migration may change a large table in one statement. */
const MAX_MIGRATION_MS = 6 * 60 * 60_000;

function setOwnerRole(
  connection: pg.Client,
  done: (error: Error | null, connection: pg.Client) => void,
): void {
  limitSilence(connection, MAX_MIGRATION_MS);
  connection.query(OWNER_SESSION, (error) => done(error, connection));
}

// knex's own lock is a row, which stays locked when the process is killed. This table lock ends with its connection,
// so its holder may free a locked row.
async function withMigrationLock<T>(
  ownerUrl: string,
  work: (db: Knex) => Promise<T>,
  options: MigrationOptions = {},
): Promise<T> {
  const { lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  return withClient(ownerUrl, async (client) => {
    // The transaction that holds the lock is idle while other connections migrate.
    await client.query(
      `set role app_owner; set lock_timeout = ${lockTimeoutMs}; set idle_in_transaction_session_timeout = 0`,
    );
    await lockMigrations(client).catch((error: { code?: string }) => {
      throw error.code === LOCK_NOT_AVAILABLE ? new MigrationsLocked() : error;
    });
    const workUnlocked = async (db: Knex) => {
      await db.migrate.forceFreeMigrationsLock();
      return work(db).catch(throwIfOutdated);
    };
    return withOwner(ownerUrl, workUnlocked, options);
  });
}

const LOCK_NOT_AVAILABLE = '55P03';

async function lockMigrations(client: pg.Client): Promise<void> {
  await createLockTable(client);
  await client.query('begin; lock table app.knex_migrations_lock in share update exclusive mode');
}

/** unique_violation, duplicate_table, duplicate_object (the type of the table) */
const ALREADY_CREATED = new Set(['23505', '42P07', '42710']);

// knex fails to create this table when two processes start on an empty database.
async function createLockTable(client: pg.Client): Promise<void> {
  const sql = `create table if not exists app.knex_migrations_lock ("index" serial primary key, is_locked integer)`;
  await client.query(sql).catch((error: { code?: string }) => {
    if (!ALREADY_CREATED.has(error.code ?? '')) throw error;
  });
}
