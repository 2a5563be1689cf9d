import { lookup } from 'node:dns/promises';
import { accessSync, constants } from 'node:fs';
import type { Config } from '../config.ts';
import { locateDatabase, type ConnectionUrls, type LocatedDatabase } from '../database/connect.ts';
import { migrationStatus } from '../database/migrate.ts';
import { missingBackupRoleSteps } from '../database/preparation-steps.ts';
import { openDatabase, withClient } from '../database/pools.ts';
import { tryPreparedStatements } from '../database/prepared-statements.ts';
import { findCitusProblems, hasCitus } from '../database/citus.ts';
import { probeSmtp } from '../mail/probe-smtp.ts';
import { smtpFailure } from '../mail/smtp-failure.ts';
import { askThroughProxy, hasProxy, proxyProblems } from './check-proxy.ts';
import { command, CommandFailed } from './command.ts';

const OLDEST_POSTGRES = 15;

interface Finding {
  about: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export const doctor = command({
  options: {},
  run: async ({ config, print }) => {
    const findings = [
      ...(await checkSettings(config)),
      ...(await checkDatabase(config)),
      await checkMail(config),
      ...(await checkHosts(config)),
      ...(hasProxy(config) ? [await checkProxy(config)] : []),
    ];
    print(findings, findings.flatMap(asLines));
    const failed = findings.filter(({ ok }) => !ok);
    if (failed.length > 0) throw new CommandFailed(`To fix: ${failed.map(({ about }) => about).join(', ')}.`);
  },
});

/** The settings were checked when they were read; this checks the folder that they name. */
async function checkSettings(config: Config): Promise<Finding[]> {
  const mode = config.production ? 'for production' : 'for development';
  return [
    { about: 'Settings', ok: true, detail: mode },
    // In production the database has all data.
    ...(config.production ? [] : [await checkDataFolder(config)]),
  ];
}

function checkDataFolder({ dataDir }: Config): Promise<Finding> {
  return check('DATA_DIR', 'Let this account write there, or set DATA_DIR to another folder.', async () => {
    accessSync(dataDir, constants.W_OK);
    return dataDir;
  });
}

function asLines({ about, ok, detail, fix }: Finding): string[] {
  const line = `${ok ? 'ok  ' : 'FAIL'}  ${about}: ${detail}`;
  return fix ? [line, `      ${fix}`] : [line];
}

/** Checks the server, then roles, schema and partitions if the server is reachable. */
async function checkDatabase(config: Config): Promise<Finding[]> {
  let located: LocatedDatabase | undefined;
  const fix = config.databaseUrl
    ? 'Start the server, or correct DATABASE_URL and DATABASE_OWNER_URL.'
    : 'Run: npm run portal -- migrate up. If that does not help, read postgres.log under DATA_DIR.';
  const server = await check('Database', fix, async () => {
    located = await locateDatabase(config);
    return versionOf(located.urls);
  });
  if (!located) return [server];
  try {
    const { urls } = located;
    if (!server.ok) return [server];
    return [
      server,
      await checkRoles(urls),
      await checkMigrations(urls),
      await checkCharacterType(urls),
      await checkPartitions(urls),
      await checkEngine(urls, config),
      await checkPreparedStatements(urls, config),
      await checkBackupRole(urls),
    ];
  } finally {
    await located.stop();
  }
}

async function versionOf({ administrator, app }: ConnectionUrls): Promise<string> {
  const { rows } = await withClient(administrator ?? app, (client) =>
    client.query<{ version: number; name: string }>(
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as name`,
    ),
  );
  const { version, name } = rows[0]!;
  if (version < OLDEST_POSTGRES)
    throw new Error(`PostgreSQL ${name} is too old: ${OLDEST_POSTGRES} or newer is needed`);
  return `PostgreSQL ${name}`;
}

function checkRoles({ app, platform }: ConnectionUrls): Promise<Finding> {
  const fix =
    'Run: npm run portal -- migrate up. It creates what is missing, or prints the SQL that a superuser must run.';
  return check('Roles', fix, async () => {
    const database = await openDatabase({ appUrl: app, platformUrl: platform, size: 1 });
    await database.close();
    return 'app_rw and app_platform can log in and have only the privileges they need';
  });
}

function checkMigrations({ owner }: ConnectionUrls): Promise<Finding> {
  return check('Schema', 'Run: npm run portal -- migrate up', async () => {
    if (!owner) return 'not checked: DATABASE_OWNER_URL is not set';
    const { done, pending } = await migrationStatus(owner);
    if (pending.length > 0) throw new Error(`pending migrations: ${pending.join(', ')}`);
    return `all ${done.length} migrations have run`;
  });
}

/** With the character type C, searches read all rows, because the index has no trigrams of other scripts than Latin. */
function checkCharacterType({ app }: ConnectionUrls): Promise<Finding> {
  const fix =
    "Restore a dump into a database created with: create database … template template0 locale 'C.UTF-8' encoding 'UTF8'";
  return check('Character type', fix, async () => {
    const { rows } = await withClient(app, (client) =>
      client.query<{ ctype: string; is_known: boolean }>(
        `select datctype as ctype, cardinality(show_trgm('王小')) > 0 and cardinality(show_trgm('محمد')) > 0 as is_known
         from pg_database where datname = current_database()`,
      ),
    );
    const { ctype, is_known } = rows[0]!;
    if (!is_known)
      throw new Error(`is ${ctype}, in which Chinese and Arabic names are not indexed for the search`);
    return `${ctype}, in which names of every script are indexed for the search`;
  });
}

function checkPartitions({ platform }: ConnectionUrls): Promise<Finding> {
  const fix = 'Run: npm run portal -- migrate up, and see that a worker runs (RUN=worker).';
  return check('Audit log', fix, async () => {
    const { rows } = await withClient(platform, (client) =>
      client.query<{ month: string; is_there: boolean }>(
        `select to_char(m, 'YYYY-MM') as month, to_regclass('app.audit_events_' || to_char(m, 'YYYYMM')) is not null as is_there
         from (select (now() at time zone 'UTC') + make_interval(months => n) from generate_series(0, 1) n) as months (m)`,
      ),
    );
    const missing = rows.filter(({ is_there }) => !is_there).map(({ month }) => month);
    if (missing.length > 0) throw new Error(`no partition for ${missing.join(' and ')}`);
    return 'partitions for this month and the next';
  });
}

function checkEngine({ app }: ConnectionUrls, { databaseEngine }: Config): Promise<Finding> {
  const fix =
    databaseEngine === 'citus'
      ? 'Run: npm run portal -- migrate up. A table that stays local: see docs/scaling.md.'
      : 'Set DATABASE_ENGINE=citus.';
  return check('DATABASE_ENGINE', fix, () =>
    withClient(app, async (client) => {
      if (databaseEngine === 'postgres') {
        if (await hasCitus(client)) throw new Error('is postgres, but the extension citus is installed');
        return 'postgres';
      }
      const problems = await findCitusProblems(client);
      if (problems.length > 0) throw new Error(problems.join('; '));
      return 'citus: roles and settings are right, all tables of tenants are distributed';
    }),
  );
}

function checkPreparedStatements({ app }: ConnectionUrls, config: Config): Promise<Finding> {
  const fix =
    'Set PREPARED_STATEMENTS=0, or update PgBouncer to 1.21 or newer and set its max_prepared_statements.';
  return check('PREPARED_STATEMENTS', fix, async () => {
    if (!config.preparedStatements) return '0: every statement is planned each time';
    await tryPreparedStatements(app);
    return '1: statements without optional filters are planned once per connection';
  });
}

/** Not a failure: a superuser can make dumps as well. */
async function checkBackupRole({ app }: ConnectionUrls): Promise<Finding> {
  const steps = await withClient(app, missingBackupRoleSteps);
  const about = 'Backup';
  if (steps.length === 0)
    return { about, ok: true, detail: 'app_backup can dump and restore the rows of all tenants' };
  const fix = `Let a superuser run: ${steps.map(({ sql }) => sql).join('; ')}`;
  return { about, ok: true, detail: 'only a superuser can dump, because app_backup is missing', fix };
}

/** Connects and logs in; sends nothing. */
async function checkMail(config: Config): Promise<Finding> {
  const about = 'Mail';
  if (!config.smtpUrl)
    return { about, ok: true, detail: 'SMTP_URL is not set: emails are kept for the dev inbox' };
  try {
    const { connection, advice } = await probeSmtp(config);
    const detail = `${new URL(config.smtpUrl).host} accepts the connection, ${connection}`;
    return { about, ok: true, detail, ...(advice && { fix: advice }) };
  } catch (error) {
    const { reason, advice } = smtpFailure(error);
    const fix = advice ?? 'Correct SMTP_URL, then try: npm run portal -- mail:test --to you@…';
    return { about, ok: false, detail: reason, fix };
  }
}

/** Resolves the host names of the portals; an invented tenant stands for all. */
function checkHosts({ portalDomain, operationsDomain }: Config): Promise<Finding[]> {
  const names = [
    ['PORTAL_DOMAIN', `any-tenant.${portalDomain}`],
    ['OPERATIONS_DOMAIN', `any-tenant.${operationsDomain}`],
    ['OPERATIONS_DOMAIN', operationsDomain],
  ] as const;
  return Promise.all(names.map(([setting, host]) => checkHost(setting, host.replace(/:\d+$/, ''))));
}

function checkHost(setting: string, name: string): Promise<Finding> {
  const fix = `Add a DNS record (a wildcard one for the tenants), or correct ${setting}.`;
  return check(name, fix, async () => {
    if (/(^|\.)localhost$/.test(name)) return 'browsers resolve it to this machine';
    const { address } = await lookup(name);
    return `is ${address}`;
  });
}

/** The running portal reports which headers of this request have arrived. */
function checkProxy(config: Config): Promise<Finding> {
  const fix =
    'Start the portal and its proxy. The proxy must pass on Host, set X-Forwarded-Proto and append to X-Forwarded-For; TRUST_PROXY is the number of proxies.';
  return check('Proxy', fix, async () => {
    const received = await askThroughProxy(config);
    const problems = proxyProblems(received, config);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return `passes on Host, X-Forwarded-Proto and the address of the client, here ${received.client_address}`;
  });
}

/** An error of `read` becomes a failed finding. */
async function check(about: string, fix: string, read: () => Promise<string>): Promise<Finding> {
  try {
    return { about, ok: true, detail: await read() };
  } catch (error) {
    const { message, errors } = error as { message: string; errors?: { message: string }[] };
    return { about, ok: false, detail: message || errors?.[0]?.message || String(error), fix };
  }
}
