import type { Config } from '../config.ts';
import {
  findRunningUrls,
  locateDatabase,
  prepareAndMigrate,
  prepare,
  type ConnectionUrls,
} from '../database/connect.ts';
import { createLog } from '../log.ts';
import { migrateDown, migrationStatus } from '../database/migrate.ts';
import { command, CommandFailed, withDatabase, WrongUsage, type Call } from './command.ts';

export const dbUrl = command({
  options: { as: { type: 'string' } },
  run: async ({ config, options, print, stderr }) => {
    const role = options.as ?? 'app';
    if (role !== 'owner' && role !== 'app' && role !== 'platform')
      throw new WrongUsage(`--as takes owner, app or platform, not "${role}".`);
    const running = await findRunningUrls(config);
    if (!running) stderr('The embedded PostgreSQL runs with the portal: this address works after npm start.');
    const url = (running ?? (await startAndReadUrls(config)))[role];
    if (!url) throw new CommandFailed('DATABASE_OWNER_URL is missing.');
    print({ url }, url);
  },
});

export const migrate = command({
  options: { all: { type: 'boolean' } },
  allowedArguments: ['up', 'down', 'status', 'prepare'],
  run: async ({ config, options, argument, print }) => {
    const located = await locateDatabase(config);
    try {
      if (argument === 'up') return await up(located.urls, config, print);
      const owner = requireOwnerUrl(located.urls);
      await prepare(located.urls, config);
      if (argument === 'prepare') return print({ prepared: true }, 'The roles and the database exist.');
      await (argument === 'down' ? down(owner, options.all ? 'all' : 'one', print) : status(owner, print));
    } finally {
      await located.stop();
    }
  },
});

export const seedDemo = command({
  options: {},
  run: async ({ config, print }) => {
    if (config.production)
      throw new CommandFailed('The demo tenants are refused in production: their passwords are public.');
    const { demoLogins, seedDemo: seed } = await import('../../seeds/demo.ts');
    const { finishDemoHistory } = await import('../tasks/finish-demo-history.ts');
    const seeded = await withDatabase(config, async ({ database }) => {
      const isNew = await seed(database, config);
      await finishDemoHistory({ database, log: createLog('error') });
      return isNew;
    });
    const logins = demoLogins.map(({ portal, tenant, email, password }) => ({
      portal,
      tenant,
      email,
      password,
    }));
    const lines = logins.map(
      ({ portal, tenant = '', email, password }) =>
        `${portal.padEnd(10)} ${tenant.padEnd(5)} ${email.padEnd(26)} ${password}`,
    );
    print({ seeded, logins }, seeded ? lines : 'Nothing was done: the database already has tenants.');
  },
});

async function startAndReadUrls(config: Parameters<typeof locateDatabase>[0]) {
  const located = await locateDatabase(config);
  await located.stop();
  return located.urls;
}

type Print = Call<Record<string, never>>['print'];

async function up(urls: ConnectionUrls, config: Config, print: Print): Promise<void> {
  requireOwnerUrl(urls);
  const done = await prepareAndMigrate(urls, config);
  print({ done }, done.length > 0 ? done.map((name) => `done: ${name}`) : 'The schema is up to date.');
}

async function down(owner: string, howMany: 'one' | 'all', print: Print): Promise<void> {
  const undone = await migrateDown(owner, howMany);
  print(
    { undone },
    undone.length > 0 ? undone.map((name) => `undone: ${name}`) : 'There is nothing to undo.',
  );
}

async function status(owner: string, print: Print): Promise<void> {
  const { done, pending } = await migrationStatus(owner);
  const lines = [...done.map((name) => `done     ${name}`), ...pending.map((name) => `pending  ${name}`)];
  print({ done, pending }, lines);
}

function requireOwnerUrl({ owner }: ConnectionUrls): string {
  if (!owner) throw new CommandFailed('DATABASE_OWNER_URL is missing: only that role may change the schema.');
  return owner;
}
