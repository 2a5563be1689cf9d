import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Knex } from 'knex';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { CITUS_LOGINS, findCitusProblems, WrongEngine, type Engine } from '../../src/database/citus.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { runStatements } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { openDatabase, withClient } from '../../src/database/pools.ts';
import { startFailure } from '../../src/start-failure.ts';
import { prepareDatabase } from '../../src/database/prepare-database.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createBareDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { installFakeCitus } from '../support/fake-citus.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

describe('A database with Citus', () => {
  let database: TestDatabase;
  let owner: pg.Client;

  before(async () => {
    database = await createBareDatabase();
    await withClient(database.urls.superuser, installFakeCitus);
  });
  after(async () => {
    await owner.end();
    // The roles belong to the server, which other tests use.
    await withClient(database.urls.superuser, (client) =>
      client.query(`
        alter role app_rw reset citus.propagate_set_commands;
        alter role app_rw reset citus.allow_nested_distributed_execution;
        alter role app_search nologin`),
    );
    await database.drop();
  });

  const prepare = ({ urls }: TestDatabase, engine: Engine = 'citus') => {
    const { superuser, owner: ownerUrl, app, platform } = urls;
    return prepareDatabase({
      engine,
      administratorUrl: superuser,
      ownerUrl,
      appUrl: app,
      platformUrl: platform,
    });
  };
  const problems = () => withClient(database.urls.app, findCitusProblems);

  it('is required when the engine is citus, and refused when it is postgres', async () => {
    const plain = await createBareDatabase();
    expect(await errorOf(prepare(plain, 'citus'))).to.be.instanceOf(WrongEngine);
    expect(await errorOf(prepare(database, 'postgres'))).to.be.instanceOf(WrongEngine);
    await plain.drop();
  });

  it('is checked in one line by a process that does not prepare the database', async () => {
    const plain = await createTestDatabase();
    await prepare(database);
    for (const [engine, { urls }] of [
      ['citus', plain],
      ['postgres', database],
    ] as const) {
      const config = readConfig({
        SECRET_KEYS: 'a secret of the tests that is long enough',
        DATABASE_URL: urls.app,
        DATABASE_PLATFORM_URL: urls.platform,
        DATABASE_ENGINE: engine,
        MIGRATE_ON_START: '0',
      });
      const { message, exitCode } = startFailure(await errorOf(connectDatabase(config)));
      expect(message).to.match(new RegExp(`^DATABASE_ENGINE is ${engine}, and this database has .*$`));
      expect(exitCode).to.equal(78);
    }
    await plain.drop();
  });

  it('has roles that may log in to workers and settings that reach them', async () => {
    await prepare(database);
    const { rows } = await withClient(database.urls.app, (client) =>
      client.query(
        `select current_setting('citus.propagate_set_commands') as propagated,
           current_setting('citus.allow_nested_distributed_execution') as nested,
           array(select rolname::text from pg_roles where rolname = any($1) and rolcanlogin order by 1) as logins`,
        [CITUS_LOGINS],
      ),
    );
    expect(rows).to.eql([{ propagated: 'local', nested: 'on', logins: CITUS_LOGINS }]);
  });

  it('distributes every table of tenants beside the first and copies the others to every node', async () => {
    owner = new pg.Client(database.urls.owner);
    await owner.connect();
    await owner.query('set role app_owner');
    await owner.query('set search_path = app');
    await eachMigration('up');
    const { rows } = await owner.query<{ name: string; partmethod: string; colocated_with: string | null }>(
      'select logicalrelid::text as name, partmethod, colocated_with from pg_dist_partition order by 1',
    );
    const withMethod = (method: string) => rows.filter(({ partmethod }) => partmethod === method);
    expect(withMethod('n').map(({ name }) => name)).to.eql(['tenant_domains', 'tenants']);
    expect(withMethod('h').filter(({ colocated_with }) => colocated_with !== 'companies')).to.eql([
      { name: 'companies', partmethod: 'h', colocated_with: null },
    ]);
    expect(withMethod('h').length).to.be.greaterThan(15);
    expect(await problems()).to.eql([]);
  });

  it('isolates the distributed table, which has another oid', async () => {
    const { rows } = await owner.query(
      `select relname from pg_class join pg_dist_partition on logicalrelid = oid
       where partmethod = 'h' and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(rows).to.eql([]);
  });

  it('refuses to isolate a table that has a foreign key to a table of tenants', async () => {
    await owner.query('begin');
    await owner.query(
      `create table samples (tenant_id uuid, id uuid, primary key (tenant_id, id), foreign key (tenant_id, id) references users)`,
    );
    const error = await owner
      .query(`select isolate_by_tenant('samples')`)
      .catch(({ message }: Error) => message);
    expect(error).to.equal('samples has a foreign key to a table of tenants');
    await owner.query('rollback');
  });

  it('reports local tables, missing settings and roles that may not log in', async () => {
    await withClient(database.urls.superuser, (client) =>
      client.query(`
        delete from pg_dist_partition where logicalrelid in ('app.users'::regclass, 'app.tenants'::regclass);
        alter role app_rw set citus.propagate_set_commands = 'none';
        alter role app_search nologin`),
    );
    expect(await problems()).to.eql([
      'citus.propagate_set_commands of app_rw is not local',
      'app_search may not log in',
      'tenants is not a reference table',
      'users is not distributed',
    ]);
    await prepare(database);
    expect(await problems()).to.eql(['tenants is not a reference table', 'users is not distributed']);
  });

  it('gets the tenant of a read in a message of its own, which Citus sends to its workers', async () => {
    const { app: appUrl, platform: platformUrl } = database.urls;
    const opened = await openDatabase({ appUrl, platformUrl, engine: 'citus' });
    const counter = new StatementCounter(opened.app);
    const [read] = await runStatements(opened, newId(), [{ text: 'select 1 as one', values: [] }]);
    const { statements, ...counts } = structuredClone(counter.counted);
    await opened.close();
    expect(read!.rows).to.eql([{ one: 1 }]);
    expect(statements).to.have.length(4);
    expect(statements[1]).to.match(/^set local app\.tenant_id = /);
    expect(counts).to.include({ roundTrips: 1, socketWrites: 1 });
  });

  it('runs all migrations down', () => eachMigration('down'));

  /** The extended protocol refuses several statements in one string. */
  async function eachMigration(direction: 'up' | 'down'): Promise<void> {
    const raw = (sql: string, values: unknown[] = []) => {
      let position = 0;
      const text = values.length > 0 ? sql.replace(/\?/g, () => `$${(position += 1)}`) : sql;
      return owner.query({ text, values, queryMode: 'extended' } as pg.QueryConfig).catch((error: Error) => {
        throw new Error(`${error.message}: ${text}`);
      });
    };
    const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.ts'));
    for (const file of direction === 'up' ? files.sort() : files.sort().toReversed()) {
      const migration = (await import(path.join(MIGRATIONS, file))) as Knex.Migration;
      await migration[direction]!({ raw } as unknown as Knex);
    }
  }
});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}
