import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type pg from 'pg';
import { seedDemo } from '../../seeds/demo.ts';
import { readConfig } from '../../src/config.ts';
import { migrateUp } from '../../src/database/migrate.ts';
import { openDatabase, withClient } from '../../src/database/pools.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.ts';
import { runPortal } from '../commands/command-line.ts';
import { startPortal } from '../support/portal.ts';
import { skipBecause } from '../support/skip.ts';
import { Visitor } from '../support/visitor.ts';
import { loginOf } from '../browser/demo.ts';

const PASSWORD = 'secret of the backup role';
const PACKAGES = '/usr/lib/postgresql';

/** The newest packaged version; a dump of a newer server than pg_dump is refused. */
function findPrograms(): string | undefined {
  const versions = existsSync(PACKAGES)
    ? readdirSync(PACKAGES)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  return versions
    .map((version) => path.join(PACKAGES, String(version), 'bin'))
    .find((folder) =>
      ['initdb', 'pg_dump', 'pg_restore'].every((name) => existsSync(path.join(folder, name))),
    );
}

describe('A backup', function () {
  this.timeout(120_000);
  let folder: string;
  let programs: string;
  let source: EmbeddedPostgres;
  let target: EmbeddedPostgres;

  before(async function () {
    programs =
      findPrograms() ?? skipBecause(this, 'no PostgreSQL server with pg_dump and pg_restore is installed');
    folder = mkdtempSync(path.join(tmpdir(), 'portico-backup-'));
    [source, target] = await Promise.all([startServer('source'), startServer('target')]);
    await fill(source);
    dumpAndRestore();
  });
  after(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    if (folder) rmSync(folder, { recursive: true });
  });

  const envOf = ({ urls }: EmbeddedPostgres) => ({
    DATABASE_URL: urls.app,
    DATABASE_OWNER_URL: urls.superuser,
    DATABASE_PLATFORM_URL: urls.platform,
    DATA_DIR: folder,
  });

  const ask = <Row extends pg.QueryResultRow>(url: string, sql: string) =>
    withClient(url, async (client) => (await client.query<Row>(sql)).rows);

  async function startServer(name: string): Promise<EmbeddedPostgres> {
    const settings = { fsync: 'off' };
    const server = await startEmbeddedPostgres({
      dataDir: path.join(folder, name),
      binDir: programs,
      settings,
    });
    const prepared = await runPortal(envOf(server), ['migrate', 'prepare']);
    expect(prepared.code, prepared.err).to.equal(0);
    await ask(server.urls.superuser, `alter role app_backup login password '${PASSWORD}'`);
    return server;
  }

  async function fill({ urls }: EmbeddedPostgres): Promise<void> {
    await migrateUp(urls.superuser);
    const database = await openDatabase({ appUrl: urls.app, platformUrl: urls.platform });
    await seedDemo(database, readConfig({ DATA_DIR: folder }));
    await database.close();
  }

  /** Runs the commands of the documentation. */
  function dumpAndRestore(): void {
    const urlOf = ({ urls }: EmbeddedPostgres) =>
      Object.assign(new URL(urls.superuser), { username: 'app_backup', password: PASSWORD }).href;
    const PATH = `${programs}:${process.env['PATH']}`;
    const env = { PATH, BACKUP_URL: urlOf(source), RESTORE_URL: urlOf(target) };
    const documentation = readFileSync('docs/operations.md', 'utf8');
    for (const heading of ['### Make a backup', '### Restore into a fresh server']) {
      const [, section = ''] = documentation.split(`${heading}\n`);
      const [, commands = ''] = /```sh\n([^`]+)```/.exec(section) ?? [];
      expect(commands).to.match(/^pg_/);
      execFileSync('sh', ['-e', '-c', commands], { cwd: folder, env });
    }
  }

  it('holds the rows of every table', async () => {
    const count = async ({ urls }: EmbeddedPostgres) => {
      const tables = await ask<{ name: string }>(
        urls.superuser,
        `select oid::regclass::text as name from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r' order by 1`,
      );
      const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as rows from ${name}`);
      return ask(urls.superuser, counts.join(' union all '));
    };
    const counts = await count(source);
    expect(counts.length).to.be.greaterThan(20);
    expect(await count(target)).to.deep.equal(counts);
  });

  it('keeps owners, privileges and row level security', async () => {
    const describeSchema = ({ urls }: EmbeddedPostgres) =>
      ask(
        urls.superuser,
        `select oid::regclass::text as name, relowner::regrole::text as owner, relrowsecurity, relforcerowsecurity,
                array(select acl::text from unnest(relacl) acl order by 1) as privileges,
                array(select row(polname, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),
                                 pg_get_expr(polwithcheck, polrelid))::text
                        from pg_policy where polrelid = c.oid order by 1) as policies
           from pg_class c where relnamespace = 'app'::regnamespace and relkind in ('r', 'p', 'S')
         union all
         select oid::regprocedure::text, proowner::regrole::text, prosecdef, null,
                array(select acl::text from unnest(proacl) acl order by 1), null
           from pg_proc where pronamespace = 'app'::regnamespace
         order by name`,
      );
    const schema = await describeSchema(source);
    expect(schema.filter(({ relforcerowsecurity }) => relforcerowsecurity).length).to.be.greaterThan(10);
    expect(await describeSchema(target)).to.deep.equal(schema);
  });

  it('is served by a portal, whose tenants remain separate', async () => {
    const portal = await startPortal({ proxyDatabase: async () => target.urls });
    try {
      const visitor = new Visitor(portal, `acme.${portal.config.operationsDomain}`);
      const { email, password } = loginOf('operations', 'acme');
      const login = await visitor.visit('/login');
      const first = await login.submit('Log in', { 'Email address': email, Password: password });
      expect(first.h1).to.equal('Dashboard');
      const refused = await portal.database.app.query('select id from users').catch((error: Error) => error);
      expect(refused).to.be.instanceOf(Error);
    } finally {
      await portal.close();
    }
  });

  it('passes the checks of doctor and audit:verify', async () => {
    for (const command of ['doctor', 'audit:verify']) {
      const { code, out, err } = await runPortal(envOf(target), [command]);
      expect(code, out + err).to.equal(0);
    }
  });

  it('is advised by doctor when no role can make one', async () => {
    await ask(target.urls.superuser, 'drop role app_backup');
    const { code, out } = await runPortal(envOf(target), ['doctor']);
    expect(code).to.equal(0);
    const [advice = ''] = /create role app_backup .*/.exec(out) ?? [];
    await ask(target.urls.superuser, advice);
    expect((await runPortal(envOf(target), ['doctor'])).out).to.include('ok    Backup: app_backup can dump');
  });
});
