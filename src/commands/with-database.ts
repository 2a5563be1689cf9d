import type { Config } from '../config.ts';
import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import { connectDatabase, type Connection } from '../database/connect.ts';

/**
 * For the time of one command. The embedded database is brought up to date, as the portal would; a given one is
 * changed by `migrate` alone.
 */
export async function withDatabase<Result>(
  config: Config,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connectDatabase(config, { migrate: !config.databaseUrl, size: 2 });
  try {
    return await work(connection);
  } finally {
    await connection.stop();
  }
}

/** One transaction over all tenants. */
export function withPlatform<Result>(
  config: Config,
  work: (db: PlatformDb) => Promise<Result>,
): Promise<Result> {
  return withDatabase(config, ({ database }) => asPlatform(database, work));
}
