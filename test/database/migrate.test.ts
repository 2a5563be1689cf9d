import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import {
  migrateDown,
  migrateUp,
  migrationStatus,
  MigrationsLocked,
  OutdatedSchema,
  pendingMigrations,
} from '../../src/database/migrate.ts';
import { prepareDatabase } from '../../src/database/prepare-database.ts';
import { withClient } from '../../src/database/pools.ts';
import { createBareDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('Migrations', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createBareDatabase();
    const { superuser, owner, app, platform } = database.urls;
    await prepareDatabase({
      administratorUrl: superuser,
      ownerUrl: owner,
      appUrl: app,
      platformUrl: platform,
    });
  });
  after(() => database.drop());

  it('produce the same schema after up, all down, and up again', async () => {
    const names = await migrateUp(database.urls.owner);
    const before = await schema();

    expect(await migrateDown(database.urls.owner, 'all')).to.have.length(names.length);
    expect(await schema()).to.deep.equal([
      'index knex_migrations_lock_pkey',
      'index knex_migrations_pkey',
      'rights app_owner=UC/app_owner',
      'table knex_migrations',
      'table knex_migrations_lock',
    ]);

    expect(await migrateUp(database.urls.owner)).to.deep.equal(names);
    expect(await schema()).to.deep.equal(before);
  });

  it('are recorded without file extension, so that the compiled program recognises them', async () => {
    const { done, pending } = await migrationStatus(database.urls.owner);
    expect(pending).to.deep.equal([]);
    expect(done).to.include('20261122100001_isolate_by_tenant');
  });

  it('run once when two processes start concurrently', async () => {
    await migrateDown(database.urls.owner, 'all');
    await withClient(database.urls.owner, (client) =>
      client.query('drop table knex_migrations, knex_migrations_lock'),
    );
    const both = await Promise.all([migrateUp(database.urls.owner), migrateUp(database.urls.owner)]);
    expect(both.filter((names) => names.length > 0)).to.have.length(1);
  });

  it('continue after a process was killed while migrating', async () => {
    await withClient(database.urls.owner, (client) =>
      client.query('update knex_migrations_lock set is_locked = 1'),
    );
    expect(await migrateUp(database.urls.owner)).to.deep.equal([]);
  });

  it('can be listed by the app role while pending', async () => {
    const pool = new pg.Pool({ connectionString: database.urls.app });
    expect(await pendingMigrations(pool)).to.deep.equal([]);
    await rename('20261122101501_create_platform_operators', 'other');
    expect(await pendingMigrations(pool)).to.deep.equal(['20261122101501_create_platform_operators']);
    await pool.end();
    await rename('other', '20261122101501_create_platform_operators');
  });

  it('are all pending for the app role before the first migration', async () => {
    const bare = await createBareDatabase();
    const pool = new pg.Pool({ connectionString: bare.urls.app });
    const { done } = await migrationStatus(database.urls.owner);
    await withClient(bare.urls.superuser, (client) =>
      client.query(`grant connect on database "${new URL(bare.urls.app).pathname.slice(1)}" to app_rw`),
    );
    expect(await pendingMigrations(pool), 'no schema').to.deep.equal(done);
    await withClient(bare.urls.superuser, (client) =>
      client.query('create schema app; create table app.knex_migrations (name text)'),
    );
    expect(await pendingMigrations(pool), 'no right to read').to.deep.equal(done);
    await pool.end();
    await bare.drop();
  });

  it('have a lock timeout when the owner is another administrator', async () => {
    const migrated = await createTestDatabase();
    await replaceLastStep(migrated, `raise exception '%', current_setting('lock_timeout');`);
    const error = await migrateUp(migrated.urls.superuser).catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/10s$/);
    await migrated.drop();
  });

  it('report the file that failed to the given function only', async () => {
    const migrated = await createTestDatabase();
    // It runs again and finds its tables.
    await withClient(migrated.urls.superuser, (client) =>
      client.query('delete from app.knex_migrations where id = (select min(id) from app.knex_migrations)'),
    );
    const printed: unknown[] = [];
    const { log } = console;
    console.log = (...args) => void printed.push(args);
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    await migrateUp(migrated.urls.owner, { warn }).catch(() => {});
    console.log = log;
    expect(warnings[0]).to.match(/^migration file "\d+_\w+" failed$/);
    expect(warnings[1]).to.match(/^migration failed with error: /);
    expect(printed).to.eql([]);
    await migrated.drop();
  });

  it('keep their lock on a server that ends idle transactions', async () => {
    const migrated = await createTestDatabase();
    const { owner, superuser } = migrated.urls;
    await replaceLastStep(migrated, 'perform pg_sleep(1); return 0;');
    await withClient(superuser, (client) =>
      client.query(
        `alter database "${new URL(owner).pathname.slice(1)}" set idle_in_transaction_session_timeout = '300ms'`,
      ),
    );
    const first = migrateUp(owner);
    await delay(600);
    const error = await migrateUp(owner, { lockTimeoutMs: 100 }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MigrationsLocked);
    await first;
    await migrated.drop();
  });

  it('are refused after waiting for another process that migrates', async () => {
    await withClient(database.urls.owner, async (client) => {
      await client.query('begin; lock table knex_migrations_lock in share update exclusive mode');
      const error = await migrateUp(database.urls.owner, { lockTimeoutMs: 100 }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(MigrationsLocked);
    });
  });

  it('refuse a database older than the rewrite and print the command that deletes its data', async () => {
    await rename('20261122100701_create_sessions', '20261122100500_create_sign_in');
    for (const migrate of [migrateUp, migrateDown, migrationStatus]) {
      const error = await migrate(database.urls.owner).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(OutdatedSchema);
      expect((error as Error).message)
        .to.include('rm -rf data')
        .and.not.include('\n');
    }
    await rename('20261122100500_create_sign_in', '29991231235959_create_sessions');
    const newer = await migrateUp(database.urls.owner).catch((thrown: unknown) => thrown);
    expect(newer).to.be.instanceOf(Error).and.not.instanceOf(OutdatedSchema);
    await rename('29991231235959_create_sessions', '20261122100701_create_sessions');
    expect(await migrateUp(database.urls.owner)).to.deep.equal([]);
  });

  /** Replaces the function that migrateUp() calls after the migrations. */
  async function replaceLastStep({ urls }: TestDatabase, body: string): Promise<void> {
    await withClient(urls.superuser, (client) =>
      client.query(`create or replace function app.create_audit_partitions(months_ahead int) returns int
        language plpgsql as $body$ begin ${body} end $body$`),
    );
  }

  /** Renames a migration in knex_migrations. */
  async function rename(from: string, to: string): Promise<void> {
    await withClient(database.urls.owner, (client) =>
      client.query('update knex_migrations set name = $2 where name = $1', [from, to]),
    );
  }

  // Every object that a migration can create, one line each.
  async function schema(): Promise<string[]> {
    const { rows } = await withClient(database.urls.owner, (client) =>
      client.query<{ line: string }>(`
        with app as (select oid, nspacl from pg_namespace where nspname = 'app')
        select case when relkind in ('i', 'I') then 'index ' else 'table ' end || relname as line
          from pg_class, app where relnamespace = app.oid and relkind in ('r', 'p', 'i', 'I', 'v')
        union all select 'function ' || oid::regprocedure from pg_proc where pronamespace = (select oid from app)
        union all select 'policy ' || polname || ' on ' || polrelid::regclass from pg_policy
        union all select 'extension ' || extname from pg_extension where extname <> 'plpgsql'
        union all select 'constraint ' || conname || pg_get_constraintdef(oid) from pg_constraint
          where connamespace = (select oid from app) and conrelid::regclass::text not like '%knex%'
        union all select 'rights ' || unnest(nspacl) from app
        union all select 'rights ' || relname || unnest(relacl) from pg_class, app
          where relnamespace = app.oid and relname not like '%knex%'
        order by line
      `),
    );
    return rows.map((row) => row.line);
  }
});
