import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import knex, { type Knex } from 'knex';
import type pg from 'pg';
import { withClient } from './with-client.ts';

export type MigrationStatus = { done: string[]; pending: string[] };

const FOLDER = join(import.meta.dirname, '..', '..', 'migrations');

// Names without extension: what tsx ran as x.ts, the compiled program must find again in x.js.
const source: Knex.MigrationSource<string> = {
  getMigrations: async () =>
    readdirSync(FOLDER)
      .filter((file) => /^\d{14}_\w+\.(ts|js)$/.test(file))
      .map((file) => parse(file).name)
      .sort(),
  getMigrationName: (name) => name,
  getMigration: (name) =>
    import(join(FOLDER, `${name}${parse(import.meta.filename).ext}`)) as Promise<Knex.Migration>,
};

/** Brings the schema up to date; returns the names that ran. Several processes at once wait for each other. */
export async function migrateUp(ownerUrl: string): Promise<string[]> {
  return alone(ownerUrl, async (db) => {
    const [, names] = (await db.migrate.latest()) as [number, string[]];
    await db.raw('select app.create_audit_partitions(3)');
    await db.raw('grant select on app.knex_migrations to app_rw, app_platform');
    return names;
  });
}

/** Undoes the last migration, or every one. */
export async function migrateDown(ownerUrl: string, howMany: 'one' | 'all' = 'one'): Promise<string[]> {
  return alone(ownerUrl, async (db) => {
    const undone: Promise<unknown> =
      howMany === 'all' ? db.migrate.rollback(undefined, true) : db.migrate.down();
    const [, names] = (await undone) as [number, string[]];
    return names;
  });
}

export async function migrationStatus(ownerUrl: string): Promise<MigrationStatus> {
  return alone(ownerUrl, async (db) => {
    const [done, pending] = (await db.migrate.list()) as [{ name: string }[], string[]];
    return { done: done.map((row) => row.name), pending };
  });
}

/** What a running portal may ask with its own role: is the schema the one this code was written for? */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select name from app.knex_migrations');
  const done = new Set(rows.map((row) => row.name));
  return (await source.getMigrations([])).filter((name) => !done.has(name));
}

async function withOwner<T>(ownerUrl: string, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({
    client: 'pg',
    connection: ownerUrl,
    pool: { min: 0, max: 4, afterCreate: becomeOwner },
    migrations: { migrationSource: source, schemaName: 'app', tableName: 'knex_migrations' },
  });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

type Connection = { query(sql: string, done: (error: Error | null) => void): void };

// A superuser's or another member's login: what a migration makes must belong to app_owner all the same.
function becomeOwner(
  connection: Connection,
  done: (error: Error | null, connection: Connection) => void,
): void {
  connection.query(`set role app_owner; set search_path = app`, (error) => done(error, connection));
}

// knex's own lock is a row that a killed process leaves locked for ever. A table lock ends with its connection;
// whoever holds it knows that a locked row is such a leftover.
async function alone<T>(ownerUrl: string, work: (db: Knex) => Promise<T>): Promise<T> {
  return withClient(ownerUrl, async (client) => {
    await client.query(`set role app_owner; set lock_timeout = '60s'`);
    await makeLockTable(client);
    await client.query('begin; lock table app.knex_migrations_lock in share update exclusive mode');
    return withOwner(ownerUrl, async (db) => {
      await db.migrate.forceFreeMigrationsLock();
      return work(db);
    });
  });
}

// As knex would make it, and does make the other: two first starts at once would trip over each other there.
async function makeLockTable(client: pg.Client): Promise<void> {
  const sql = `create table if not exists app.knex_migrations_lock ("index" serial primary key, is_locked integer)`;
  await client.query(sql).catch((error: { code?: string }) => {
    // 'if not exists' looks before it makes; somebody else made it in between.
    if (error.code !== '23505' && error.code !== '42P07') throw error;
  });
}
