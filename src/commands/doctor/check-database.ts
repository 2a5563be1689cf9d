import type { Config } from '../../config.ts';
import { locateDatabase, type ConnectionUrls, type LocatedDatabase } from '../../database/connect.ts';
import { migrationStatus } from '../../database/migrate.ts';
import { openDatabase, withClient } from '../../database/pools.ts';
import { check, type Finding } from './check.ts';

const OLDEST = 15;

/** From the server to the schema; what cannot be looked at without the one before is left out. */
export async function checkDatabase(config: Config): Promise<Finding[]> {
  let located: LocatedDatabase | undefined;
  const mend = config.databaseUrl
    ? 'Start the server, or correct DATABASE_URL and DATABASE_OWNER_URL.'
    : 'Run: npm run portal -- migrate up. If that does not help, read postgres.log under DATA_DIR.';
  const server = await check('Database', mend, async () => {
    located = await locateDatabase(config);
    return versionOf(located.urls);
  });
  if (!located) return [server];
  try {
    const { urls } = located;
    return [server, await checkRoles(urls), await checkMigrations(urls), await checkPartitions(urls)];
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
  if (version < OLDEST) throw new Error(`PostgreSQL ${name} is too old: ${OLDEST} or newer is needed`);
  return `PostgreSQL ${name}`;
}

function checkRoles({ app, platform }: ConnectionUrls): Promise<Finding> {
  const mend = 'Run: npm run portal -- migrate up. It makes what is missing, or tells who must.';
  return check('Roles', mend, async () => {
    const database = await openDatabase({ appUrl: app, platformUrl: platform, size: 1 });
    await database.close();
    return 'app_rw and app_platform sign in, and see no more than they should';
  });
}

function checkMigrations({ owner }: ConnectionUrls): Promise<Finding> {
  return check('Schema', 'Run: npm run portal -- migrate up', async () => {
    if (!owner) return 'not looked at: DATABASE_OWNER_URL is not set here';
    const { done, pending } = await migrationStatus(owner);
    if (pending.length > 0)
      throw new Error(`${pending.length} migrations have not run: ${pending.join(', ')}`);
    return `all ${done.length} migrations have run`;
  });
}

function checkPartitions({ platform }: ConnectionUrls): Promise<Finding> {
  const mend = 'Run: npm run portal -- migrate up, and see that a worker runs (RUN=worker).';
  return check('Audit log', mend, async () => {
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
