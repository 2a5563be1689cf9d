import { configuredUrls, locateDatabase } from '../database/connect.ts';
import { findRunningPostgres } from '../database/embedded-postgres.ts';
import { command, CommandFailed, WrongUsage } from './command.ts';

export const dbUrl = command({
  options: { as: { type: 'string' } },
  run: async ({ config, options, answer, complain }) => {
    const role = options.as ?? 'app';
    if (role !== 'owner' && role !== 'app' && role !== 'platform')
      throw new WrongUsage(`--as takes owner, app or platform, not "${role}".`);
    const running = configuredUrls(config) ?? (await findRunningPostgres(config.dataDir));
    if (!running)
      complain('The embedded PostgreSQL runs with the portal: this address answers after npm start.');
    const url = (running ?? (await urlsOfAMoment(config)))[role];
    if (!url) throw new CommandFailed('DATABASE_OWNER_URL is missing.');
    answer({ url }, url);
  },
});

async function urlsOfAMoment(config: Parameters<typeof locateDatabase>[0]) {
  const located = await locateDatabase(config);
  await located.stop();
  return located.urls;
}
