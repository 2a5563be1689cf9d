import { expect } from 'chai';
import pg from 'pg';
import { migrateUp } from '../../src/database/migrate.ts';
import { openDatabase, UnsafeDatabaseRole, withClient } from '../../src/database/pools.ts';
import { DatabaseNotPrepared, prepareDatabase } from '../../src/database/prepare-database.ts';
import { createBareDatabase, type TestDatabase } from '../support/database.ts';

describe('prepareDatabase()', () => {
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

  it('creates an app role without privileges beyond the schema', async () => {
    await prepare(database.urls.superuser);
    await prepare(database.urls.superuser);
    await migrateUp(database.urls.owner);

    const [app] = await ask(
      database.urls.app,
      `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as is_privileged,
              exists (select from pg_auth_members where member = r.oid) as is_member,
              has_schema_privilege('public', 'create') or has_schema_privilege('app', 'create') as may_create,
              current_setting('statement_timeout') as statement_timeout,
              current_setting('lock_timeout') as lock_timeout,
              current_setting('idle_in_transaction_session_timeout') as idle_timeout,
              current_setting('transaction_timeout') as transaction_timeout
         from pg_roles r where rolname = current_user`,
    );
    expect(app).to.deep.equal({
      is_privileged: false,
      is_member: false,
      may_create: false,
      statement_timeout: '5s',
      lock_timeout: '2s',
      idle_timeout: '10s',
      transaction_timeout: '4min',
    });
    expect(await ask(database.urls.platform, 'show transaction_timeout')).to.deep.equal([
      { transaction_timeout: '4min' },
    ]);
  });

  it('makes app_owner the owner of tables that a superuser migrates', async () => {
    await prepare(database.urls.superuser);
    await migrateUp(database.urls.superuser);
    const owners = await ask(
      database.urls.owner,
      `select distinct tableowner from pg_tables where schemaname = 'app'`,
    );
    expect(owners).to.deep.equal([{ tableowner: 'app_owner' }]);
  });

  it('lets app_owner update the rows of every tenant', async () => {
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

  it('prints the missing SQL without passwords when the owner may not run it', async () => {
    const refusal = await prepare(database.urls.owner).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(DatabaseNotPrepared);
    const { message } = refusal as Error;
    expect(message).to.contain(`grant create on database`);
    expect(message).to.contain('create schema if not exists app authorization app_owner;');
    expect(message).to.not.contain(new URL(database.urls.app).password);
  });

  it('changes nothing in a prepared database, so that its owner can prepare and migrate it', async () => {
    // xmin changes when a row is written again, even with the same values.
    const readRowVersions = () =>
      ask(
        database.urls.superuser,
        `select rolname as name, xmin::text as version from pg_authid where rolname like 'app\\_%'
         union all select 'settings of ' || setrole::regrole, xmin::text from pg_db_role_setting
           where setdatabase = 0 and setrole::regrole::text like 'app\\_%'
         union all select 'schema ' || nspname, xmin::text from pg_namespace where nspname in ('app', 'public')
         union all select 'database', xmin::text from pg_database where datname = current_database()
         order by name`,
      );
    await prepare(database.urls.superuser);
    const prepared = await readRowVersions();
    await prepare(database.urls.owner);
    expect(await readRowVersions()).to.deep.equal(prepared);
    expect(prepared).to.have.length(11);

    await migrateUp(database.urls.owner);
    const [row] = await ask(
      database.urls.owner,
      `select count(*)::int as tables from pg_tables where schemaname = 'app' and tableowner = 'app_owner'`,
    );
    expect(row?.['tables']).to.be.greaterThan(10);
  });

  it('works with an administrator that may create roles but is not a superuser', async () => {
    const url = await createAdministrator();
    await prepare(url);
    await migrateUp(url);
    const [row] = await ask(url, `select count(*)::int as tables from pg_tables where schemaname = 'app'`);
    expect(row?.['tables']).to.be.greaterThan(10);
  });

  it('creates roles of which openDatabase() accepts only app_rw', async () => {
    await prepare(database.urls.superuser);
    const { superuser, owner, app, platform } = database.urls;
    for (const appUrl of [superuser, owner]) {
      const refusal = await openDatabase({ appUrl, platformUrl: platform }).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(UnsafeDatabaseRole);
    }
    const opened = await openDatabase({ appUrl: app, platformUrl: platform });
    await opened.close();
  });

  // The roles exist on this server already, so the administrator gets the admin option of their creator.
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
