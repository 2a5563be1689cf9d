import pg from 'pg';
import { expect } from 'chai';
import { migrateUp } from '../../src/database/migrate.ts';
import { openDatabase, UnsafeDatabaseRole } from '../../src/database/pools.ts';
import { DatabaseNotPrepared, prepareDatabase } from '../../src/database/prepare-database.ts';
import { withClient } from '../../src/database/with-client.ts';
import { createBareDatabase, type TestDatabase } from '../support/database.ts';

describe('Preparing a database', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createBareDatabase();
  });
  afterEach(() => database.drop());

  const prepare = (administratorUrl: string) => {
    const { owner, app, platform } = database.urls;
    return prepareDatabase({ administratorUrl, ownerUrl: owner, appUrl: app, platformUrl: platform });
  };
  const ask = <Row extends pg.QueryResultRow>(url: string, sql: string) =>
    withClient(url, async (client) => (await client.query<Row>(sql)).rows);

  it('gives the owner its schema and the app a role that can do nothing more than work in it', async () => {
    await prepare(database.urls.superuser);
    await prepare(database.urls.superuser);
    await migrateUp(database.urls.owner);

    const [app] = await ask(
      database.urls.app,
      `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as is_mighty,
              exists (select from pg_auth_members where member = r.oid) as is_member,
              has_schema_privilege('public', 'create') or has_schema_privilege('app', 'create') as may_create,
              current_setting('statement_timeout') as statement_timeout,
              current_setting('lock_timeout') as lock_timeout,
              current_setting('idle_in_transaction_session_timeout') as idle_timeout
         from pg_roles r where rolname = current_user`,
    );
    expect(app).to.deep.equal({
      is_mighty: false,
      is_member: false,
      may_create: false,
      statement_timeout: '5s',
      lock_timeout: '2s',
      idle_timeout: '10s',
    });
  });

  it('lets a superuser migrate, and what it makes belongs to the owner all the same', async () => {
    await prepare(database.urls.superuser);
    await migrateUp(database.urls.superuser);
    const owners = await ask(
      database.urls.owner,
      `select distinct tableowner from pg_tables where schemaname = 'app'`,
    );
    expect(owners).to.deep.equal([{ tableowner: 'app_owner' }]);
  });

  it('lets the owner change the rows of every tenant in a migration', async () => {
    await prepare(database.urls.superuser);
    await migrateUp(database.urls.owner);
    await ask(
      database.urls.owner,
      `insert into tenants (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme');
       insert into counters (tenant_id, kind) select id, 'company' from tenants`,
    );
    const changed = await ask(database.urls.owner, 'update counters set next = 5 returning kind');
    expect(changed).to.deep.equal([{ kind: 'company' }]);
  });

  it('prints the SQL, without passwords, for an owner that may not prepare it', async () => {
    const refusal = await prepare(database.urls.owner).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(DatabaseNotPrepared);
    const { message } = refusal as Error;
    expect(message).to.contain(`grant create on database`);
    expect(message).to.contain('create schema if not exists app authorization app_owner;');
    expect(message).to.not.contain(new URL(database.urls.app).password);
  });

  it('needs no administrator once everything is there', async () => {
    await prepare(database.urls.superuser);
    await prepare(database.urls.owner);
    await migrateUp(database.urls.owner);
  });

  it('works for an administrator who is no superuser, but may create roles', async () => {
    const url = await createAdministrator();
    await prepare(url);
    await migrateUp(url);
    const [row] = await ask(url, `select count(*)::int as tables from pg_tables where schemaname = 'app'`);
    expect(row?.['tables']).to.be.greaterThan(10);
  });

  it('opens no pool on a role that could see more than one tenant', async () => {
    await prepare(database.urls.superuser);
    const { superuser, owner, app, platform } = database.urls;
    for (const appUrl of [superuser, owner]) {
      const refusal = await openDatabase({ appUrl, platformUrl: platform }).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(UnsafeDatabaseRole);
    }
    const opened = await openDatabase({ appUrl: app, platformUrl: platform });
    await opened.close();
  });

  // On this server the four roles exist already: it gets the right to administer them, as their creator would have.
  async function createAdministrator(): Promise<string> {
    const url = new URL(database.urls.superuser);
    const name = `admin${url.pathname.slice(1)}`;
    await ask(
      database.urls.superuser,
      `create role ${name} login createrole password 'secret';
       grant create on database ${url.pathname.slice(1)} to ${name} with grant option;
       grant app_owner, app_rw, app_platform, app_search to ${name} with admin option`,
    );
    return Object.assign(url, { username: name, password: 'secret' }).href;
  }
});
